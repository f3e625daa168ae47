"""With whom the answer to a question may be shared."""

from __future__ import annotations

from collections.abc import Sequence

from ayon_proxy.policy.graphql.asked import Field, Value
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.shown.alike import ALIKE, ALIKE_IN_THE_STUDIO
from ayon_proxy.policy.shown.types import INTERFACE, NODES, TYPES

_PATTERN = frozenset("%\\")
"""Upstream matches a project's name as a pattern, in which these are more than a character."""


def sharing(fields: Sequence[Field]) -> tuple[Share, str | None]:
    """Who may be given the answer, and the project whose permissions it depends on, as its name was
    sent: one for PROJECT, none for others. `fields` are those at the root.

    `_` in the name is any character to upstream, which takes the first project that the caller may
    enter of those that match: see `policy.sharing.meant`.
    """
    projects = []
    for each in fields:
        if each.name in ALIKE_IN_THE_STUDIO:
            continue
        name = _project(each)
        if name is None or not _alike(("ProjectNode",), each.fields):
            return Share.USER, None
        projects.append(name)
    if not fields or len(set(projects)) > 1:
        return Share.USER, None
    return (Share.PROJECT, projects[0]) if projects else (Share.SIGNED_IN, None)


def _project(field: Field) -> str | None:
    """The name by which alone a project is asked for."""
    name: Value = field.arguments.get("name")
    if field.name != "project" or field.arguments.keys() != {"name"}:
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
