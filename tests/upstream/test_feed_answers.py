"""What the feed reads of upstream is checked: anything else than expected is FeedFailed, no more.

Broken once, to see the tests fail: a cursor taken as it is, an order that is no number, a row
without an id, errors beside data taken for data, times left in the form they came in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.errors import FeedFailed, KeyRefused
from ayon_proxy.upstream.changes import ScannedEntities
from ayon_proxy.upstream.library import Library, Told
from ayon_proxy.upstream.missed_events import LoggedEvents


class Scripted(Library):
    """Gives one answer to everything."""

    def __init__(self, content: Any) -> None:
        self.content = content

    async def get(self, path: str) -> Told:
        return Told(self.content, 5.0)

    async def post(self, path: str, body: Mapping[str, Any]) -> Told:
        return Told(self.content, 5.0)

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> Told:
        return Told(self.content, 5.0)


def cursor(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def events(*edges: Any) -> dict[str, Any]:
    return {"data": {"events": {"edges": list(edges)}, "newest": {"edges": list(edges)}}}


GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = st.sampled_from(["data", "events", "edges", "node", "cursor", "id", "errors", "project"])
NEARLY = st.recursive(
    GARBAGE | st.sampled_from([cursor([5]), cursor(["x"]), "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=20,
)


@given(GARBAGE | NEARLY)
async def test_whatever_upstream_answers_fails_in_one_way(content: Any) -> None:
    log, entities = LoggedEvents(Scripted(content)), ScannedEntities(Scripted(content))
    for question in (log.info(), log.end("x"), log.after(3), log.updated_since(0.0)):
        try:
            await question
        except FeedFailed:
            continue
    try:
        pages = [page async for page in entities.since("film", 0.0)]
    except FeedFailed:
        return
    assert len(pages) <= 21


@pytest.mark.parametrize("value", [["x"], [True], [1.5], [-1], [2**63], [], [1, 2], 1, None, {}])
async def test_an_order_is_a_number_that_can_be_kept(value: Any) -> None:
    page = events({"cursor": cursor(value), "node": {"id": "1"}})
    with pytest.raises(FeedFailed):
        await LoggedEvents(Scripted(page)).after(0)
    with pytest.raises(FeedFailed):
        await LoggedEvents(Scripted(page)).end(None)


@pytest.mark.parametrize("text", ["", "%", "WzFd WzFd", None, 5])
async def test_a_cursor_that_is_none_is_not_guessed(text: Any) -> None:
    with pytest.raises(FeedFailed):
        await LoggedEvents(Scripted(events({"cursor": text, "node": {"id": "1"}}))).after(0)


async def test_data_beside_errors_is_not_believed() -> None:
    page = events({"cursor": cursor([1]), "node": {"id": "1"}})
    assert (await LoggedEvents(Scripted(page)).after(0)).events[0].order == 1
    with pytest.raises(FeedFailed):
        await LoggedEvents(Scripted(page | {"errors": [{"message": "x"}]})).after(0)


@pytest.mark.parametrize(
    ("time", "form"),
    [
        ("2026-11-24T09:00:00+01:00", "2026-11-24T08:00:00+00:00"),
        ("2026-11-24T08:00:00Z", "2026-11-24T08:00:00+00:00"),
        ("2026-11-24T08:00:00.5+00:00", "2026-11-24T08:00:00.500000+00:00"),
        ("soon", "soon"),
        (5, ""),
    ],
)
async def test_a_time_has_one_form_wherever_it_was_read(time: Any, form: str) -> None:
    node = {"id": "1", "createdAt": time, "updatedAt": time}
    (event,) = (
        await LoggedEvents(Scripted(events({"cursor": cursor([1]), "node": node}))).after(0)
    ).events
    assert (event.created_at, event.updated_at) == (form, form)


@pytest.mark.parametrize(
    "user", [None, {"name": "artist"}, {"data": {"isManager": True}}, {"data": None}]
)
async def test_only_who_is_shown_all_events_may_watch(user: Any) -> None:
    info: dict[str, Any] = {"version": "1.16.0", "uptime": 5.0, "user": user}
    with pytest.raises(KeyRefused):
        await LoggedEvents(Scripted(info)).info()


@pytest.mark.parametrize("right", ["isService", "isAdmin"])
async def test_what_upstream_is_and_since_when(right: str) -> None:
    info: dict[str, Any] = {"version": "1.16.0", "uptime": 5, "user": {"data": {right: True}}}
    told = await LoggedEvents(Scripted(info)).info()
    other = await LoggedEvents(Scripted(info | {"attributes": [{"name": "mood"}]})).info()
    assert (told.version, told.uptime, told.as_of) == ("1.16.0", 5.0, 5.0)
    assert told.schema != other.schema


async def test_a_project_that_changes_faster_than_it_can_be_read_ends_the_scan() -> None:
    edge = {"cursor": "x", "node": {"id": "1", "updatedAt": "t"}}
    names = ("folders", "tasks", "products", "versions", "representations")
    answer = {"data": {"project": {name: {"edges": [edge] * 500} for name in names}}}
    pages = [page async for page in ScannedEntities(Scripted(answer)).since("film", 0.0)]
    assert pages[-1] is None
    assert len(pages) == 21


async def test_events_that_change_faster_than_they_can_be_read_are_too_many() -> None:
    assert await LoggedEvents(Scripted([{"id": "1"}])).updated_since(0.0) is None


@pytest.mark.parametrize("event_id", [None, 5, ["x"]])
async def test_a_row_without_an_id_is_not_an_event(event_id: Any) -> None:
    row = {"id": event_id, "topic": "entity.task.renamed"}
    log = LoggedEvents(Scripted(events({"cursor": cursor([1]), "node": row})))
    with pytest.raises(FeedFailed):
        await log.after(0)
    with pytest.raises(FeedFailed):
        await LoggedEvents(Scripted([row])).updated_since(0.0)
