"""`kanban(…)`: tasks of many projects on one board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ayon_proxy.demo import rights
from ayon_proxy.demo.derivations import attrib, folder_path, reviewables
from ayon_proxy.demo.entities import Task
from ayon_proxy.demo.graphql.entity_fields import thumbnail_hash
from ayon_proxy.demo.graphql.filters import entity_id
from ayon_proxy.demo.graphql.paging import Connection, Edge, encoded, page_info
from ayon_proxy.demo.graphql.question import Info, Question, Resolver, question_of
from ayon_proxy.demo.project import Project


@dataclass(slots=True)
class Card:
    """A task on the board."""

    project: Project
    entity: Task


def kanban(_: object, info: Info, **arguments: Any) -> Connection:
    """Assigned tasks by due date, then the newest first.

    Managers see those of everybody; others those of the people in their projects, and only
    their own where their read access is restricted.
    """
    question = question_of(info)
    if question.user.is_guest:
        return Connection()
    cards = [
        Card(project, task)
        for project in _projects(question, arguments.get("projects"))
        for task in project.tasks.values()
        if _is_wanted(question, project, task, arguments)
    ]
    cards.sort(key=lambda card: card.entity.updated_at, reverse=True)
    cards.sort(key=lambda card: str(card.entity.attrib.get("endDate", "")), reverse=True)
    last = arguments.get("last")
    # The board's cursors hold no sort values at all: there is one page.
    edges = [Edge(node=card, cursor=encoded([])) for card in cards[:last]]
    return Connection(edges=edges, page_info=page_info(edges, None, last))


def _projects(question: Question, names: list[str] | None) -> list[Project]:
    return [
        project
        for project in question.studio.projects.values()
        if rights.may_enter(question.user, project)
        and not project.data.get("isSkeleton")
        and (project.name in names if names else project.active)
    ]


def _is_wanted(question: Question, project: Project, task: Task, arguments: dict[str, Any]) -> bool:
    ids, wanted = arguments.get("task_ids"), arguments.get("assignees_any")
    if ids and task.id not in {entity_id(each) for each in ids}:
        return False
    if question.user.is_manager:
        return not wanted or any(name in task.assignees for name in wanted)
    people = _colleagues(question, project)
    return any(name in people and (not wanted or name in wanted) for name in task.assignees)


def _colleagues(question: Question, project: Project) -> set[str]:
    permissions = rights.project_permissions(question.studio, question.user, project)
    if permissions["read"]["enabled"]:
        return {question.user.name}
    return {
        user.name
        for user in question.studio.users.values()
        if project.name in user.access_groups or user.is_manager
    }


def _folder(column: str) -> Resolver:
    return lambda card, _: getattr(card.project.folders[card.entity.folder_id], column)


def _priority(card: Card, info: Info) -> str | None:
    attributes = question_of(info).studio.attributes
    value: str | None = attrib(attributes, card.project, card.entity).get("priority")
    return value


def _due_date(card: Card, _: Info) -> datetime | None:
    due = card.entity.attrib.get("endDate")
    return datetime.fromisoformat(due) if isinstance(due, str) else due


def _has_reviewables(card: Card, _: Info) -> bool:
    return any(
        version.task_id == card.entity.id and reviewables(card.project, version.id)
        for version in card.project.versions.values()
    )


def _nothing(_: Card, __: Info) -> None:
    return None


FIELDS: dict[str, dict[str, Resolver]] = {
    "Query": {"kanban": kanban},
    "KanbanNode": {
        "projectName": lambda card, _: card.project.name,
        "projectCode": lambda card, _: card.project.code,
        "folderName": _folder("name"),
        "folderLabel": _folder("label"),
        "folderPath": lambda card, _: folder_path(
            card.project, card.project.folders[card.entity.folder_id]
        ).strip("/"),
        "priority": _priority,
        "dueDate": _due_date,
        "hasReviewables": _has_reviewables,
        "thumbnailHash": thumbnail_hash,
        "thumbnail": _nothing,
        "lastVersionWithThumbnailId": _nothing,
        "lastVersionWithReviewableVersionId": _nothing,
        "lastVersionWithReviewableProductId": _nothing,
    },
}
