"""With whom the answer to a question may be shared."""

from __future__ import annotations

from collections.abc import Sequence

from ayon_proxy.policy.graphql.asked import Field, Value
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.shown.alike import ALIKE, ALIKE_IN_THE_STUDIO
from ayon_proxy.policy.shown.types import INTERFACE, NODES, TYPES

_PROJECTS = {"project": "ProjectNode", "projects": "ProjectsConnection"}
"""Fields of `Query` that show projects, and the types of what they show."""

_PATTERN = frozenset("%\\")
"""Upstream matches a project's name as a pattern, in which these are more than a character."""


def sharing(fields: Sequence[Field]) -> tuple[Share, str | None]:
    """Who may be given the answer, and the project whose permissions it depends on, as its name was
    sent: one for PROJECT, none for others. `fields` are those at the root.

    `_` in the name is any character to upstream, which takes, of the projects that match, the first
    that the caller may enter, or all of these: see `policy.sharing.meant`.
    """
    projects = []
    for each in fields:
        if each.name in ALIKE_IN_THE_STUDIO:
            continue
        shown = _PROJECTS.get(each.name, "")
        name = _project(each)
        if name is None or not _alike((shown,), each.fields):
            return Share.USER, None
        projects.append(name)
    if not fields or len(set(projects)) > 1:
        return Share.USER, None
    return (Share.PROJECT, projects[0]) if projects else (Share.SIGNED_IN, None)


def _project(field: Field) -> str | None:
    """The name by which alone a project is asked for."""
    name: Value = field.arguments.get("name")
    if field.name not in _PROJECTS or "code" in field.arguments:
        return None
    return name if isinstance(name, str) and name and not _PATTERN & set(name) else None


def _alike(types: Sequence[str], fields: Sequence[Field]) -> bool:
    """Whether all that is selected of something of one of these types is in the table."""
    waiting = [(types, fields)]
    while waiting:
        types, fields = waiting.pop()
        for field in fields:
            holders = types if field.on is None or field.on == INTERFACE else (field.on,)
            below = set()
            for holder in holders:
                if field.name not in ALIKE.get(holder, ()):
                    return False
                lead = TYPES[holder].leads.get(field.name)
                if lead is not None and lead.to:
                    below.add(lead.to)
            if below:
                nodes = sorted(NODES) if INTERFACE in below else sorted(below)
                waiting.append((nodes, field.fields))
    return True
