"""Every GET of the route table, for comparing plain answers instead of a library's results."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx

from ayon_proxy.policy.routes.table import ROUTES
from tests.clients.identities import Identity
from tests.clients.outcomes import differences, plain
from tests.clients.subjects import SITE, Subjects

_CLOUD = "makes the server ask its vendor"
LEFT_OUT = MappingProxyType(
    {
        "/api/actions/take/{token}": "uses a token up",
        "/api/auth/tokenauth": "signs in",
        "/api/connect": _CLOUD,
        "/api/connect/authorize": _CLOUD,
        "/api/connect/feedback": _CLOUD,
        "/api/market/addons": _CLOUD,
        "/api/market/addons/{addon_name}": _CLOUD,
        "/api/market/addons/{addon_name}/{addon_version}": _CLOUD,
        "/api/market/licenses": _CLOUD,
        "/api/market/releases": _CLOUD,
        "/api/market/releases/{release_name}": _CLOUD,
        "/api/metrics/tracemalloc": "starts a measurement",
        "/api/system/sleep": "takes its time",
        "/openapi.json": "can break until the server restarts",
        "/ws": "not HTTP",
    }
)
"""Patterns that are not asked, and why."""
QUERIES = MappingProxyType(
    {
        "/": ("_ayon_proxy_test=1",),
        "/api/addons": ("details=1",),
        "/api/desktop/installers": ("platform=linux", "variant=production", "variant=staging"),
        "/api/projects": ("active=true", "library=false", "length=1"),
        "/api/projects/{project}/bundle": ("variant=staging",),
        "/api/projects/{project}/folders": ("attrib=true",),
        "/api/projects/{project}/folders/{folder_id}/thumbnail": ("placeholder=none", "original=1"),
        "/api/projects/{project}/grouping/{entity_type}/{grouping_key}": ("empty=true",),
        "/api/projects/{project}/hierarchy": ("types=Shot", "search=a"),
        "/api/projects/{project}/siteRoots": ("platform=windows", f"site_id={SITE}"),
        "/api/projects/{project}/tasks/{task_id}/thumbnail": ("placeholder=none",),
        "/api/projects/{project}/versions/{version_id}/thumbnail": ("placeholder=none",),
        "/api/settings": ("summary=true", "variant=staging", f"variant=production&site_id={SITE}"),
        "/api/system/sites": ("platform=linux",),
    }
)
"""Patterns that are also asked with these queries."""
OF_EACH_EXCHANGE = frozenset(
    {
        *("age", "cache-status", "connection", "content-length", "date", "keep-alive", "server"),
        *("transfer-encoding", "x-request-id"),
    }
)


class Answer(NamedTuple):
    """What is compared."""

    status: int
    fields: dict[str, str]
    body: Any


def targets(s: Subjects) -> list[str]:
    """Paths and queries, with what is there in the place of the patterns' names."""
    patterns = [route.pattern for route in ROUTES if "GET" in route.methods]
    swept = [each for each in patterns if each not in LEFT_OUT and each != "/{rest:path}"]
    paths = ((pattern, path) for pattern in swept for path in _filled(pattern, s))
    return [
        f"{path}?{query}" if query else path
        for pattern, path in paths
        for query in ("", *QUERIES.get(pattern, ()))
    ]


def _filled(pattern: str, s: Subjects) -> Iterator[str]:
    values = {
        "access_group_name": s.access_group,
        "addon_name": s.addon,
        "addon_version": s.addon_version,
        "attribute_name": "fps",
        "entity_id": s.version,
        "entity_type": "versions" if pattern.endswith("watchers") else "task",
        "enum_name": "users",
        "event_id": s.event,
        "file_id": s.file,
        "file_type": "studio_logo",
        "filename": s.installer if "installers" in pattern else s.dependency_package,
        "folder_id": s.pictured_folder,
        "grouping_key": "status",
        "key": "studio_name",
        "list_id": s.entity_list,
        "preset_name": "__builtin__",
        "product_id": s.product,
        "project": s.project,
        "representation_id": s.representation,
        "rest:path": s.addon_file if pattern.startswith("/addons") else "no/such/thing",
        "secret_name": s.secret,
        "task_id": s.task,
        "thumbnail_id": s.folder_thumbnail,
        "user_name": s.user,
        "version_id": s.version,
        "view_id": "0" * 32,
        "view_type": "overview",
        "workfile_id": s.workfile,
    }
    if "{project}" in pattern:
        yield _with(pattern, values | {"project": s.other_project})
    if "{version_id}" in pattern:
        yield _with(pattern, values | {"version_id": s.reviewed_version})
    yield _with(pattern, values)


def _with(pattern: str, values: dict[str, str]) -> str:
    return re.sub(r"\{([^}]+)\}", lambda name: values[name[1]], pattern)


def different_answers(
    identity: Identity, subjects: Subjects, direct: str, proxied: str
) -> dict[str, list[str]]:
    """Ask for all targets as somebody, at the server's url and at the proxy's."""
    fields = identity.connect(direct).get_headers()
    with (
        httpx.Client(base_url=direct, headers=fields, timeout=60) as directly,
        httpx.Client(base_url=proxied, headers=fields, timeout=60) as through_proxy,
    ):
        return unlike(targets(subjects), directly, through_proxy)


def unlike(
    paths: Iterable[str], direct: httpx.Client, proxied: httpx.Client
) -> dict[str, list[str]]:
    """What the proxy, asked twice, answers otherwise than the server itself, and where."""
    found: dict[str, list[str]] = {}
    for path in paths:
        expected = answer(direct, path)
        different = {
            *(f"cold {each}" for each in deviations(expected, answer(proxied, path))),
            *(f"stored {each}" for each in deviations(expected, answer(proxied, path))),
        }
        if different:
            # What differs between two direct reads, too, is not the proxy's doing.
            steady = set(deviations(expected, answer(direct, path)))
            different = {each for each in different if each.partition(" ")[2] not in steady}
        if different:
            found[path] = sorted(different)
    return found


def answer(client: httpx.Client, path: str) -> Answer:
    """Ask. The redirect of a project's file is followed, as the proxy does."""
    got = client.get(path, follow_redirects=True)
    fields = {name: value for name, value in got.headers.items() if name not in OF_EACH_EXCHANGE}
    is_json = fields.get("content-type", "").startswith("application/json")
    return Answer(
        got.status_code, fields, plain(json.loads(got.content)) if is_json else plain(got.content)
    )


def deviations(expected: Answer, actual: Answer) -> Iterator[str]:
    """Where an answer through the proxy is not the server's, but for what the proxy promises.

    It gives a validator where the server has none, answers ranges itself, takes back `public` and
    `immutable`, and codes text for who accepts it.
    """
    if expected.status != actual.status:
        yield f"{expected.status} became {actual.status}"
        return
    yield from differences(expected.body, actual.body)
    mine, yours = dict(expected.fields), _uncoded(dict(actual.fields))
    if "content-encoding" in actual.fields:
        mine.pop("accept-ranges", None)
    for added in ("etag", "accept-ranges"):
        if added not in mine:
            yours.pop(added, None)
    if yours.get("cache-control") == "private, no-cache":
        shared = mine.pop("cache-control", "")
        if "public" in shared or "immutable" in shared:
            del yours["cache-control"]
    for name in sorted(mine.keys() | yours.keys()):
        if mine.get(name) != yours.get(name):
            yield f"{name}: {mine.get(name)} became {yours.get(name)}"


def _uncoded(fields: dict[str, str]) -> dict[str, str]:
    """The fields as they would be of text that the proxy had not coded, nor could have."""
    media = fields.get("content-type", "").partition(";")[0]
    text = media.startswith("text/") or media in ("application/json", "image/svg+xml")
    if text and fields.get("vary") == "Accept-Encoding":
        del fields["vary"]
        coding = fields.pop("content-encoding", None)
        if coding in ("zstd", "br", "gzip"):
            assert fields["etag"].endswith(f'-{coding}"')
            fields["etag"] = fields["etag"].removesuffix(f'-{coding}"') + '"'
    return fields
