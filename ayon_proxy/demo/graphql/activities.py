"""The activity feed: an activity once for every entity or user that it refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.filters import entity_id
from ayon_proxy.demo.graphql.paging import Connection, page
from ayon_proxy.demo.graphql.query_filter import query_filter
from ayon_proxy.demo.graphql.question import Info, Node, question_of
from ayon_proxy.demo.project import Activity, Project, Reference

COMMENTS_SHOWN = 5


@dataclass(slots=True, frozen=True)
class FeedRow:
    """An activity as it appears to one that it refers to."""

    project: Project
    activity: Activity
    reference: Reference
    in_inbox: bool = False

    def column(self, name: str) -> Any:
        """A column of the feed."""
        match name:
            case "reference_type" | "entity_type" | "entity_id" | "entity_name":
                return getattr(self.reference, name)
            case "reference_id" | "activity_id":
                return self.reference.id if name == "reference_id" else self.activity.id
            case "activity_data":
                return self.activity.data
            case "reference_data":
                return {}
            case _:
                return getattr(self.activity, name)


RowTest: TypeAlias = Callable[[FeedRow], bool]


def feed(project: Project) -> Iterator[FeedRow]:
    """All rows of the project's feed."""
    for activity in project.activities.values():
        for reference in activity.references:
            yield FeedRow(project, activity, reference)


def _among(column: str) -> Callable[[Any], RowTest]:
    return lambda value: lambda row: row.column(column) in value


def _activity_ids(value: list[str]) -> RowTest:
    wanted = {entity_id(each) for each in value}
    return lambda row: row.activity.id in wanted


def _activity_types(value: list[str]) -> RowTest:
    """`checklist` is no type of its own: it is comments that have one."""
    return lambda row: (
        row.activity.activity_type in value
        or (
            "checklist" in value
            and row.activity.activity_type == "comment"
            and "hasChecklist" in row.activity.data
        )
    )


def _before(value: str) -> RowTest:
    moment = datetime.fromisoformat(value)
    return lambda row: row.activity.updated_at < moment


def _after(value: str) -> RowTest:
    moment = datetime.fromisoformat(value)
    return lambda row: row.activity.updated_at > moment


def _filter(value: str) -> RowTest:
    condition = query_filter(value, columns.ACTIVITY) if value else lambda _: True
    return lambda row: condition(row.column)


FILTERS: Mapping[str, Callable[[Any], RowTest]] = {
    "activity_ids": _activity_ids,
    "activity_types": _activity_types,
    "reference_types": _among("reference_type"),
    "entity_ids": _among("entity_id"),
    "entity_names": _among("entity_name"),
    "changed_before": _before,
    "changed_after": _after,
    "tags": lambda value: lambda row: set(value) <= set(row.activity.tags),
    "authors": lambda value: lambda row: not value or row.activity.data.get("author") in value,
    "filter": _filter,
}


def project_activities(project: Project, info: Info, **arguments: Any) -> Connection:
    """`activities` of a project: origins only, unless entities or activities are named."""
    named = arguments.get("entity_type") and arguments.get("entity_ids")
    if not (named or arguments.get("activity_ids") or arguments.get("reference_types")):
        arguments["reference_types"] = ["origin"]
    return _page(feed(project), info, arguments)


def activities_of(node: Node, info: Info, **arguments: Any) -> Connection:
    """`activities` of an entity."""
    return _page(feed(node.project), info, {**arguments, "entity_ids": [node.entity.id]})


def _page(rows: Iterable[FeedRow], info: Info, arguments: dict[str, Any]) -> Connection:
    if question_of(info).user.is_guest:
        return Connection()
    tests = [
        build(value)
        for name, build in FILTERS.items()
        if (value := arguments.get(name)) is not None
    ]
    return page(
        [row for row in rows if all(test(row) for test in tests)],
        (lambda row: row.activity.created_at, lambda row: row.activity.creation_order),
        lambda row: row,
        arguments,
    )


def latest_comments(node: Node, _: Info) -> list[dict[str, Any]]:
    """The newest comments on an entity; a look-up by id finds none."""
    if not node.detailed:
        return []
    comments = [
        row.activity
        for row in feed(node.project)
        if row.activity.activity_type == "comment"
        and row.reference.reference_type == "origin"
        and row.reference.entity_id == node.entity.id
    ]
    comments.sort(key=lambda each: each.created_at, reverse=True)
    return [
        {
            "activityId": each.id,
            "body": each.body,
            "author": each.data.get("author"),
            "createdAt": each.created_at.isoformat(),
        }
        for each in comments[:COMMENTS_SHOWN]
    ]
