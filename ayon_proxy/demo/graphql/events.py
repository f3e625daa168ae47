"""`events(…)`: the stored event log.

Users who are no managers see their own events, but any event that they name by id
(observed.md); `hasChildren` finds nothing, whether true or false (corpus README).
"""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo.clock import moment
from ayon_proxy.demo.events import Event
from ayon_proxy.demo.graphql.filters import entity_id
from ayon_proxy.demo.graphql.json_text import json_text
from ayon_proxy.demo.graphql.paging import Connection, page
from ayon_proxy.demo.graphql.query_filter import like_pattern
from ayon_proxy.demo.graphql.question import Info, Resolver, question_of

SHORTEST_WORD = 3


def events(_: object, info: Info, **arguments: Any) -> Connection:
    """Stored events, in creation order."""
    user = question_of(info).user
    if user.is_guest or arguments.get("has_children") is not None:
        return Connection()
    ids = arguments.get("ids")
    if ids is None and not user.is_manager:
        arguments["users"] = [user.name]
    rows = [
        event
        for event in question_of(info).studio.events.in_order()
        if (ids is None or event.id in {entity_id(each) for each in ids})
        and _has_topic(event, arguments)
        and _is_of(event, arguments)
        and _is_between(event, arguments)
        and _has_words(event, arguments.get("filter") or "")
    ]
    return page(rows, (lambda event: event.creation_order,), lambda event: event, arguments)


def _has_topic(event: Event, arguments: dict[str, Any]) -> bool:
    """One of the topics, where `*` stands for anything; log topics only if asked for."""
    topics = arguments.get("topics")
    if topics is None:
        return bool(arguments.get("include_logs")) or not event.topic.startswith("log.")
    return any(like_pattern(each.replace("*", "%")).fullmatch(event.topic) for each in topics)


def _is_of(event: Event, arguments: dict[str, Any]) -> bool:
    wanted = (
        (arguments.get("projects"), event.project),
        (arguments.get("users"), event.user),
        (arguments.get("statuses") or arguments.get("states"), event.status),
    )
    return all(values is None or value in values for values, value in wanted)


def _is_between(event: Event, arguments: dict[str, Any]) -> bool:
    older, newer = arguments.get("older_than"), arguments.get("newer_than")
    return (not older or event.created_at < moment(older)) and (
        not newer or event.created_at > moment(newer)
    )


def _has_words(event: Event, text: str) -> bool:
    searched = [event.topic, event.project, event.user, event.description]
    return all(
        any(word in each for each in searched if each)
        for word in text.lower().split()
        if len(word) >= SHORTEST_WORD
    )


FIELDS: dict[str, dict[str, Resolver]] = {
    "Query": {"events": events},
    "EventNode": {
        "summary": lambda event, _: json_text(event.summary),
        "payload": lambda event, _: json_text(event.payload),
        "data": lambda event, _: json_text(event.payload),
    },
}
