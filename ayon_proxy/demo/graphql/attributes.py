"""Attributes as GraphQL shows them: inherited, and filtered by what the user may read.

Reading them writes the inherited values into the node's own ones, if it has any, so that
`ownAttrib` holds every name when it is selected after `allAttrib` (observed.md, server.md 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ayon_proxy.demo import rights
from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.derivations import ancestors, definitions
from ayon_proxy.demo.entities import Folder
from ayon_proxy.demo.graphql.question import Node, Question
from ayon_proxy.demo.project import Project

ALWAYS_READABLE = {"fullName", "avatarUrl"}


def shown(question: Question, node: Node) -> dict[str, Any]:
    """What `attrib` and `allAttrib` of an entity are made of."""
    values = node.own_attrib or {}
    if node.entity_type in ("folder", "task"):
        _inherit(question, node, values)
    return readable(question, node.entity_type, values, node.project)


def readable(
    question: Question, scope: str, values: Mapping[str, Any], project: Project | None = None
) -> dict[str, Any]:
    """Of these values those that are attributes of the type and that the user may read."""
    known = {each.name: each for each in definitions(question.studio.attributes, scope)}
    allowed = _allowed(question, project)
    result: dict[str, Any] = {}
    for name, value in values.items():
        if name in known and (allowed is None or name in allowed):
            result[name] = _typed(known[name], value)
    return result


def merged(question: Question, node: Node) -> dict[str, Any]:
    """Own and inherited values, whoever asks: what filters and sorting look at."""
    values = dict(node.entity.attrib)
    if node.entity_type in ("folder", "task"):
        _inherit(question, node, values)
    return values


def _allowed(question: Question, project: Project | None) -> set[str] | None:
    if question.user.is_guest:
        return set(ALWAYS_READABLE)
    if project is None or question.user.is_manager:
        return None
    names = rights.readable_attributes(question.studio, question.user, project)
    return None if names is None else {*names, *ALWAYS_READABLE}


def _inherit(question: Question, node: Node, values: dict[str, Any]) -> None:
    """Fill in what is missing, from the nearest folder that has it, then from the project."""
    folder = (
        node.entity
        if isinstance(node.entity, Folder)
        else node.project.folders[node.entity.folder_id]
    )
    above = ancestors(node.project, folder)
    if folder is not node.entity:
        above.append(folder)
    sources = [*(each.attrib for each in reversed(above)), node.project.attrib]
    if not node.inherits:
        sources = []
    for definition in question.studio.attributes:
        name = definition.name
        if definition.inherit and values.get(name) is None:
            value = next((each[name] for each in sources if each.get(name) is not None), None)
            if value is None and "project" in definition.scope:
                value = definition.data.get("default")
            if value is not None:
                values[name] = value


def _typed(definition: AttributeDefinition, value: Any) -> Any:
    if definition.data.get("type") == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value
