"""The event log read back: GraphQL by creation order, `POST /api/query` by the time of change.

Upstream's creation order stands in cursors only: base64 of a JSON list (upstream/server.md 2.2).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import xxhash

from ayon_proxy.cache.feed_ports import LogEnd, LogPage, UpstreamInfo
from ayon_proxy.errors import FeedFailed, KeyRefused
from ayon_proxy.policy.feed.inputs import StoredEvent
from ayon_proxy.upstream.graphql_answer import data_of, edges_of, object_of
from ayon_proxy.upstream.library import REFUSED, Library

PAGE_EVENTS = 500
"""Events a page; upstream reads twice as many rows (upstream/server.md 6)."""

MOST_PAGES = 60
"""Pages of changed events: more than 20,000 events and their overlap, beyond which a gap is not
caught up with."""

_PAGE = """query FeedPage($after: String!, $first: Int!) {
  events(after: $after, first: $first, includeLogs: false) {
    edges { cursor node {
      id topic project user dependsOn description summary status createdAt updatedAt
    } }
  }
}"""

_END = """query FeedEnd($ids: [String!]!) {
  newest: events(last: 1, includeLogs: false) { edges { cursor } }
  named: events(ids: $ids, first: 1) { edges { node { id } } }
}"""

_NO_EVENT = "0" * 32


class LoggedEvents:
    """The `EventLog` port over the embedded client library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def info(self) -> UpstreamInfo:
        """What upstream says of itself; refuses a key that is shown its own events only (2.2)."""
        told = await self._library.get("info")
        content = object_of(told.content)
        user = content.get("user")
        if user is None:
            raise KeyRefused(REFUSED)
        data = object_of(object_of(user).get("data") or {})
        if not (data.get("isAdmin") or data.get("isService")):
            raise KeyRefused("the key belongs to a user who is neither a service nor an admin")
        version, uptime = content.get("version"), content.get("uptime")
        if not isinstance(version, str) or not isinstance(uptime, int | float):
            raise FeedFailed("upstream does not say what version it is")
        attributes = json.dumps(content.get("attributes"), sort_keys=True)
        schema = xxhash.xxh3_64_hexdigest(attributes.encode())
        return UpstreamInfo(version, schema, float(uptime), told.as_of)

    async def prove(self, topic: str) -> None:
        """Send an event that is not stored."""
        await self._library.post("events", {"topic": topic, "store": False})

    async def end(self, event_id: str | None) -> LogEnd:
        """The highest order, and whether the event is there."""
        told = await self._library.graphql(_END, {"ids": [event_id or _NO_EVENT]})
        data = data_of(told.content)
        newest, named = edges_of(data.get("newest")), edges_of(data.get("named"))
        return LogEnd(
            newest_order=_order(newest[0].get("cursor")) if newest else None,
            found=any(object_of(each.get("node")).get("id") == event_id for each in named),
            as_of=told.as_of,
        )

    async def after(self, order: int) -> LogPage:
        """The next page by creation order."""
        cursor = base64.b64encode(json.dumps([order]).encode()).decode()
        told = await self._library.graphql(_PAGE, {"after": cursor, "first": PAGE_EVENTS})
        edges = edges_of(data_of(told.content).get("events"))
        events = tuple(
            _stored(object_of(edge.get("node")), _order(edge.get("cursor"))) for edge in edges
        )
        return LogPage(events, told.as_of)

    async def updated_since(self, since: float) -> tuple[StoredEvent, ...] | None:
        """Read newest first by offset: what comes meanwhile moves the rest on, and some are read
        twice. Log lines are left out, as they are by GraphQL."""
        condition = {"key": "updated_at", "operator": "gt", "value": _text_of(since)}
        found: list[StoredEvent] = []
        for page in range(MOST_PAGES):
            asked = {
                "entity": "event",
                "filter": {"conditions": [condition]},
                "limit": PAGE_EVENTS,
                "offset": page * PAGE_EVENTS,
            }
            rows = (await self._library.post("query", asked)).content
            if not isinstance(rows, list):
                raise FeedFailed("upstream's event log cannot be understood")
            events = [_stored(_message_of(object_of(row))) for row in rows]
            found += [each for each in events if not _is_log_line(each)]
            if not rows:
                return tuple(found)
        return None


def _stored(row: Mapping[str, Any], order: int | None = None) -> StoredEvent:
    event_id = row.get("id")
    if not isinstance(event_id, str):
        raise FeedFailed("upstream's event log cannot be understood")
    return StoredEvent(
        id=event_id,
        created_at=_same_form(row.get("createdAt")),
        updated_at=_same_form(row.get("updatedAt")),
        event=row,
        order=order,
    )


def _message_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `POST /api/query` under the names that messages have."""
    names = {"created_at": "createdAt", "updated_at": "updatedAt", "depends_on": "dependsOn"}
    return {names.get(key, key): value for key, value in row.items() if key != "payload"}


def _is_log_line(event: StoredEvent) -> bool:
    return str(event.event.get("topic")).startswith("log.")


def _same_form(time: Any) -> str:
    """A time as text, in one form whichever of the two sources it comes from."""
    if not isinstance(time, str):
        return ""
    try:
        return datetime.fromisoformat(time).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return time


def _text_of(seconds: float) -> str:
    """A time for a filter; the beginning of all times where it is out of range."""
    return datetime.fromtimestamp(max(seconds, 0.0), UTC).isoformat()


def _order(cursor: Any) -> int:
    try:
        (order,) = json.loads(base64.b64decode(cursor))
    except (ValueError, TypeError, RecursionError) as failure:
        raise FeedFailed("upstream's cursors cannot be understood") from failure
    if type(order) is not int or not 0 <= order < 2**63:
        raise FeedFailed("upstream's cursors cannot be understood")
    return order
