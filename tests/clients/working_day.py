"""What a workstation and a render node ask of an AYON server (upstream/clients.md 7), by hand where
the launcher does so, else by its client library.

    farm          a launcher starts, gathers a job's environment, starts again for the publish in
                  the artist's name and collects what is to be published
    workstation   a launcher starts, its tray looks for news, a DCC starts, the loader is used

Only reads that a process would take from a store: what decides what is overwritten is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx

from tests.clients.calls.call import Call, call
from tests.clients.identities import Identity
from tests.clients.launcher import Step, core_start_up, fields, start_up
from tests.clients.outcomes import outcome, plain
from tests.clients.subjects import SITE, Subjects


class Done(NamedTuple):
    """What came of a request or a call, and how many seconds it took."""

    asked: str
    result: Any
    seconds: float


Doing = Callable[[str], Iterator[Done]]
"""Does a part of the day at the server with that url."""


def farm(s: Subjects, key: str) -> list[Doing]:
    """With a service's key; the publish in the name of the artist."""
    return [
        _boot(Identity(key), s, service=True),
        _calls(Identity(key), [*_core(s), *_template_data(s)]),
        _boot(Identity(key), s, service=True),
        _calls(Identity(key, as_user="artist"), [*_core(s), *_template_data(s), *_collected(s)]),
    ]


def workstation(s: Subjects, token: str) -> list[Doing]:
    """With a user's token."""
    me = Identity(token)
    return [
        _boot(me, s, service=False),
        _calls(
            me, [call("get_bundles"), call("get_user"), call("get_attributes_for_type", "task")]
        ),
        _calls(me, [*_core(s), *_template_data(s)]),
        _calls(me, _loader(s)),
    ]


def day(url: str, doing: list[Doing]) -> list[Done]:
    """All of it, in order."""
    return [done for part in doing for done in part(url)]


def _boot(identity: Identity, s: Subjects, *, service: bool) -> Doing:
    def boot(url: str) -> Iterator[Done]:
        steps: list[Step] = [*start_up(s, service=service), *core_start_up(s)]
        with httpx.Client(base_url=url, timeout=60) as client:
            for step in steps:
                began = time.monotonic()
                sent = fields(step.sends, identity.token, url, service=service)
                answer = client.get(step.path, headers=sent)
                yield Done(f"{step.path} with {step.sends.value}", _answer(answer), _since(began))

    return boot


def _answer(answer: httpx.Response) -> Any:
    """A key that is tried as a token is not taken for one, whatever that is answered with."""
    if answer.status_code != 200:
        return "refused" if answer.status_code in (401, 429, 504) else answer.status_code
    if "json" in answer.headers["content-type"]:
        return plain(answer.json())
    return plain(answer.content)


def _calls(identity: Identity, calls: list[Call]) -> Doing:
    def make(url: str) -> Iterator[Done]:
        began = time.monotonic()
        connection = identity.connect(url)
        yield Done("a connection", connection.has_valid_token, _since(began))
        for each in calls:
            began = time.monotonic()
            found = outcome(connection, each, url)
            assert not str(found).startswith("!"), f"{each}: {found}"
            yield Done(str(each), found, _since(began))

    return make


def _since(began: float) -> float:
    return time.monotonic() - began


def _core(s: Subjects) -> list[Call]:
    return [
        call("get_addons_settings", bundle_name=s.bundle, variant="production", site_id=SITE),
        call("get_bundles"),
        call("get_bundle_settings", s.bundle),
    ]


def _template_data(s: Subjects) -> list[Call]:
    return [
        call("get_server_version"),
        call("get_addons_settings", bundle_name=s.bundle, project_name=s.project),
        call("get_project", s.project),
        call("get_attributes_for_type", "folder"),
        call("get_folder_by_path", s.project, s.folder_path),
        call("get_task_by_name", s.project, s.folder, s.task_name),
        call("get_user"),
        call("get_project_roots_by_site_id", s.project, SITE),
    ]


def _collected(s: Subjects) -> list[Call]:
    return [
        call("get_folders_hierarchy", s.project),
        call("get_representations", s.project, [s.representation]),
        call("get_representations_parents", s.project, [s.representation]),
    ]


def _loader(s: Subjects) -> list[Call]:
    return [
        call("get_bundles"),
        call("get_projects"),
        call("get_user"),
        call("get_folders_hierarchy", s.project),
        call("get_project", s.project),
        call("get_project_product_types", s.project),
        call("get_products", s.project, folder_ids=[s.product_folder]),
        call("get_versions", s.project, product_ids=[s.product]),
        call("get_tasks", s.project, folder_ids=[s.product_folder]),
        call("get_representations", s.project, version_ids=[s.version]),
        call("get_version_thumbnail", s.project, s.pictured_version),
        call("get_folder_thumbnail", s.project, s.pictured_folder),
        call("get_product_by_id", s.project, s.product),
        call("get_version_by_id", s.project, s.version),
        call("get_representations_parents", s.project, [s.representation]),
    ]
