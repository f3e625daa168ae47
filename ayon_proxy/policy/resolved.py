"""What the answer to one URI of `POST /api/resolve` shows: the tags that it carries.

A farm asks for the same files again and again while others publish. So an answer falls with what it
shows, not with every change of its project, wherever names leave no choice: a path is one folder, a
name one product of it, a number one version, a name one representation (and one task).

What upstream does with a URI: api/resolve of the server, upstream/corpus misc_reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ayon_proxy.policy import tags
from ayon_proxy.policy.classify import bound
from ayon_proxy.policy.invalidation.carried import OF_PROJECTS, OF_UNKNOWN_REACH
from ayon_proxy.policy.invalidation.topic import Values, expanded
from ayon_proxy.policy.resolve import project_of
from ayon_proxy.policy.routes.entities import RESOLVE

_WRITTEN_BY_CLIENTS = re.compile(r":SDF_FORMAT_ARGS.*$")
"""USD adds it to a URI; upstream takes it away."""

_NUMBER = re.compile(r"v?\d+", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}")

_PUBLISHED = ("folder", "product", "version", "representation")


@dataclass(frozen=True, slots=True)
class Walk:
    """The types that a URI leads through, the outermost first.

    `exact`: names decide, so that what it leads to is one entity of each type, or none. `newest`:
    the version is not named, but chosen among those of its product: `latest`, `latestdone`, `hero`.
    """

    types: tuple[str, ...]
    exact: bool
    newest: bool


def walk(uri: str) -> Walk:
    """Where a URI leads. Never raises."""
    try:
        parts = urlsplit(_WRITTEN_BY_CLIENTS.sub("", uri))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    except ValueError:
        return Walk((*_PUBLISHED, "task", "workfile"), exact=False, newest=False)
    path = parts.path.strip("/")
    one_folder = bool(path) and "*" not in path
    if "task" in query or "workfile" in query:
        # The name of a workfile is the end of its path: there may be several.
        work = ("folder", "task", "workfile") if "workfile" in query else ("folder", "task")
        exact = one_folder and "workfile" not in query and query["task"] != "*"
        return Walk(work, exact, newest=False)
    deepest = max((at for at, name in enumerate(_PUBLISHED) if name in query), default=0)
    types = _PUBLISHED[: deepest + 1]
    version = query.get("version", "*").strip().lower()
    newest = "version" in types and version in {"latest", "latestdone", "hero"}
    named = all(query.get(each, "*") != "*" for each in types[1:])
    numbered = "version" not in types or newest or _NUMBER.fullmatch(version) is not None
    return Walk(types, one_folder and named and numbered, newest)


def tags_of(uri: str, answer: Mapping[str, Any] | None = None, *, rooted: bool = False) -> bytes:
    """The packed tags of the answer to one URI; without `answer`: of whatever it will be.

    `rooted`: file paths begin with the roots of a site.
    """
    project = (project_of(uri) or "").lower()
    of_row = bound(RESOLVE.tags, {"project": project})
    roots = ("projects",) if rooted else ()
    return tags.pack((tags.EVERYTHING, *of_row, *_tags(walk(uri), project, answer), *roots))


def _tags(way: Walk, project: str, answer: Mapping[str, Any] | None) -> Iterator[str]:
    shown = _shown(way, answer)
    if not project:
        yield from _carried(OF_UNKNOWN_REACH["may show anything"].tags, {})
    for each in way.types:
        of_type = {"project": (project,), "type": (each,)}
        if shown is None:
            yield from _carried(OF_PROJECTS["asked by path, not found"].tags, of_type)
            yield from _carried(OF_PROJECTS["lists without a parent"].tags, of_type)
        else:
            seen = {**of_type, "shown": (shown[each],)}
            yield from _carried(OF_PROJECTS["asked by path, found"].tags, seen)
    if way.newest:
        of_version: Values = {"project": (project,), "type": ("version",)}
        if shown is not None:
            of_version = {**of_version, "parent": (shown["product"],)}
            yield from _carried(OF_PROJECTS["lists under a parent"].tags, of_version)
        # Which statuses count as done.
        yield from _carried(OF_PROJECTS["shows names of statuses or types"].tags, of_version)


def _shown(way: Walk, answer: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Type → the one id that was found; None where it is not one of each, or is not told."""
    entities = answer.get("entities") if answer is not None and way.exact else None
    if not isinstance(entities, list) or len(entities) != 1 or not isinstance(entities[0], dict):
        return None
    ids = {each: entities[0].get(f"{each}Id") for each in way.types}
    if not all(isinstance(each, str) and _ID.fullmatch(each) for each in ids.values()):
        return None
    return {each: str(found) for each, found in ids.items()}


def _carried(templates: tuple[str, ...], values: Values) -> frozenset[str]:
    found = expanded(templates, values)
    if found is None:
        raise KeyError(templates)
    return found
