"""`inbox(…)`: activities that refer to the asking user, newest first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ayon_proxy.demo import rights
from ayon_proxy.demo.graphql.activities import FeedRow, feed
from ayon_proxy.demo.graphql.paging import Connection, page
from ayon_proxy.demo.graphql.question import Info, Resolver, question_of


def inbox(_: object, info: Info, **arguments: Any) -> Connection:
    """The user's messages; a status change is never important, a mention or a watch may be."""
    question = question_of(info)
    if question.user.is_guest:
        return Connection()
    shown_projects = arguments.get("show_active_projects")
    rows = [
        replace(row, in_inbox=True)
        for project in question.studio.projects.values()
        if rights.may_enter(question.user, project)
        and (shown_projects is None or project.active is shown_projects)
        for row in feed(project)
        if row.reference.entity_type == "user"
        and row.reference.entity_name == question.user.name
        and row.activity.data.get("author") != question.user.name
        and _is_wanted(row, arguments)
    ]
    return page(
        rows,
        (lambda row: row.activity.updated_at, lambda row: row.activity.creation_order),
        lambda row: row,
        arguments,
    )


def _is_wanted(row: FeedRow, arguments: dict[str, Any]) -> bool:
    important = (
        row.reference.reference_type in ("mention", "watching")
        and row.activity.activity_type != "status.change"
    )
    claims = (
        (arguments.get("show_active_messages"), row.reference.active),
        (arguments.get("show_unread_messages"), not row.reference.read),
        (arguments.get("show_important_messages"), important),
    )
    return all(wanted is None or wanted is claim for wanted, claim in claims)


FIELDS: dict[str, dict[str, Resolver]] = {"Query": {"inbox": inbox}}
