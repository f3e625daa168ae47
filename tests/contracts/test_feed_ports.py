"""The ports of the event feed: the fake, and the embedded library before the demo server, alike.

Broken once, to see the tests fail: a page that begins with the order asked for, one that is sorted
the other way, an end that does not look for the event, log lines among changed events, an own event
that is stored, a parent taken from the wrong field, a socket that is not authenticated.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from ayon_proxy.cache.feed_ports import ChangedEntities, EventLog, EventSocket
from ayon_proxy.demo.film import FILM, small_film
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from ayon_proxy.errors import FeedFailed, KeyRefused
from ayon_proxy.policy.feed.changed import ChangedEntity
from ayon_proxy.upstream.changes import ScannedEntities
from ayon_proxy.upstream.event_socket import EventWebSocket
from ayon_proxy.upstream.library import Library
from ayon_proxy.upstream.missed_events import LoggedEvents
from tests.support.memory_feed import MemoryFeedUpstream

TOPIC = "entity.task.renamed"


@dataclass(frozen=True)
class Subject:
    """The ports, and what a test does to the upstream behind them."""

    log: EventLog
    entities: ChangedEntities
    socket: EventSocket
    dispatch: Callable[..., str]
    """Topic and `store` → the id of a new event."""
    change: Callable[[], ChangedEntity]
    """Change a version; it, as a scan should find it."""
    hang_up: Callable[[int], None]
    refuse: Callable[[], None]
    go_down: Callable[[], None]


@pytest.fixture(scope="module")
def film() -> Studio:
    return small_film()


@pytest.fixture(params=["memory", "demo"])
async def subject(request: pytest.FixtureRequest, film: Studio) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield in_memory()
        return
    async with demonstrated(deepcopy(film)) as subject:
        yield subject


def in_memory() -> Subject:
    upstream = MemoryFeedUpstream()

    def change() -> ChangedEntity:
        at = datetime.fromtimestamp(upstream.clock.now(), UTC).isoformat()
        upstream.entities.append(ChangedEntity(FILM, "version", "1" * 32, "2" * 32, "", at))
        return upstream.entities[-1]

    return Subject(
        upstream,
        upstream,
        upstream,
        lambda topic, store=True: upstream.dispatch(topic, store=store),
        change,
        upstream.hang_up,
        lambda: setattr(upstream, "refuses", True),
        lambda: setattr(upstream, "down", True),
    )


@asynccontextmanager
async def demonstrated(studio: Studio) -> AsyncIterator[Subject]:
    key = SecretStr(SERVICE_KEY)

    def change() -> ChangedEntity:
        project = studio.projects[FILM]
        version = next(iter(project.versions.values()))
        version.updated_at = studio.clock()
        return ChangedEntity(
            project=FILM,
            type="version",
            id=version.id,
            parent=version.product_id,
            created_at=version.created_at.isoformat(),
            updated_at=version.updated_at.isoformat(),
        )

    def refuse() -> None:
        studio.api_keys.clear()
        studio.sessions.clear()

    async with DemoServer(studio) as demo:
        library = Library(demo.url, key, timeout=5.0)
        yield Subject(
            LoggedEvents(library),
            ScannedEntities(library),
            EventWebSocket(demo.url, key),
            lambda topic, store=True: studio.events.dispatch(topic, store=store).id,
            change,
            studio.events.hang_up,
            refuse,
            demo.faults.go_down,
        )
        library.close()


async def whole_log(log: EventLog, after: int = 0) -> list[tuple[int, str]]:
    found = []
    while events := (await log.after(after)).events:
        found += [(each.order or 0, each.id) for each in events]
        after = found[-1][0]
    return found


async def test_info_says_which_upstream_it_is_and_when_it_began(subject: Subject) -> None:
    one, two = await subject.log.info(), await subject.log.info()
    assert (one.version, one.schema) == (two.version, two.schema) == ("1.16.0", one.schema)
    assert one.schema
    assert abs((one.as_of - one.uptime) - (two.as_of - two.uptime)) < 3


async def test_all_stored_events_are_read_once_in_their_order(subject: Subject) -> None:
    before = await whole_log(subject.log)
    ids = [subject.dispatch(TOPIC) for _ in range(8)]
    subject.dispatch(TOPIC, store=False)
    found = await whole_log(subject.log)
    assert [event_id for _, event_id in found[len(before) :]] == ids
    assert found == sorted(found)
    assert await whole_log(subject.log, found[-3][0]) == found[-2:]


async def test_an_event_that_is_read_back_is_a_message(subject: Subject) -> None:
    event_id = subject.dispatch(TOPIC)
    last = (await whole_log(subject.log))[-1][0]
    (event,) = (await subject.log.after(last - 1)).events
    assert event.id == event.event["id"] == event_id
    assert event.event["topic"] == TOPIC
    assert event.created_at == event.updated_at != ""


async def test_the_end_of_the_log_is_told_and_whether_an_event_is_there(subject: Subject) -> None:
    event_id = subject.dispatch(TOPIC)
    order = (await whole_log(subject.log))[-1][0]
    for named, found in [(event_id, True), ("f" * 32, False), (None, False)]:
        end = await subject.log.end(named)
        assert (end.newest_order, end.found) == (order, found)


async def test_changed_events_are_found_in_the_form_that_paging_gives_them(
    subject: Subject,
) -> None:
    began = (await subject.log.info()).as_of
    event_id = subject.dispatch(TOPIC)
    (paged,) = (await subject.log.after((await whole_log(subject.log))[-1][0] - 1)).events
    updated = await subject.log.updated_since(began - 1)
    assert updated is not None
    (found,) = [each for each in updated if each.id == event_id]
    assert (found.created_at, found.updated_at) == (paged.created_at, paged.updated_at)
    assert await subject.log.updated_since(began + 3600) == ()


async def test_log_lines_are_no_events(subject: Subject) -> None:
    began = (await subject.log.info()).as_of
    subject.dispatch(TOPIC)
    line = subject.dispatch("log.warning")
    updated = await subject.log.updated_since(began - 1)
    assert line not in {each.id for each in updated or ()}
    assert line not in {event_id for _, event_id in await whole_log(subject.log)}


async def test_a_change_is_found_with_the_parent_that_events_name(subject: Subject) -> None:
    began = await subject.entities.now()
    changed = subject.change()
    found = [each async for page in subject.entities.since(FILM, began - 1) for each in page or ()]
    assert (changed.type, changed.id, changed.parent) in {
        (each.type, each.id, each.parent) for each in found
    }
    later = [page async for page in subject.entities.since(FILM, began + 3600)]
    assert not any(later)


async def test_a_project_that_is_not_there_has_no_changes(subject: Subject) -> None:
    assert not any([page async for page in subject.entities.since("no_such", 0.0)])


async def test_a_socket_shows_its_own_proof_and_how_it_ended(subject: Subject) -> None:
    await subject.log.info()
    opened = await subject.socket.open()
    await opened.authenticate()
    messages = opened.messages()
    topics: list[Any] = []
    async with asyncio.timeout(10):
        # The first may come before the authorisation: nothing acknowledges it.
        while "proof" not in topics:
            await subject.log.prove("proof")
            topics.append((await anext(messages))["topic"])
        subject.hang_up(1012)
        topics += [message["topic"] async for message in messages]
    assert opened.close_code == 1012
    assert set(topics) == {"proof"}
    await opened.aclose()
    assert all(topic != "proof" for topic in await topics_of(subject.log))


async def topics_of(log: EventLog) -> list[Any]:
    found, after = [], 0
    while events := (await log.after(after)).events:
        found += [each.event["topic"] for each in events]
        after = events[-1].order or 0
    return found


QUESTIONS: list[Callable[[Subject], Any]] = [
    lambda subject: subject.log.info(),
    lambda subject: subject.log.prove("proof"),
    lambda subject: subject.log.end(None),
    lambda subject: subject.log.after(0),
    lambda subject: subject.log.updated_since(0.0),
    lambda subject: anext(aiter(subject.entities.since(FILM, 0.0))),
]


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_key_that_is_not_accepted_is_refused_and_nothing_else(
    subject: Subject, question: Callable[[Subject], Any], before: bool
) -> None:
    if before:
        await question(subject)
    subject.refuse()
    for _ in range(2):
        with pytest.raises(KeyRefused):
            await question(subject)


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("question", [*QUESTIONS, lambda subject: subject.socket.open()])
async def test_an_upstream_that_is_away_has_failed_and_refused_nothing(
    subject: Subject, question: Callable[[Subject], Any], before: bool
) -> None:
    if before:
        await question(subject)
    subject.go_down()
    with pytest.raises(FeedFailed) as caught:
        await question(subject)
    assert not isinstance(caught.value, KeyRefused)
    assert SERVICE_KEY not in str(caught.value)
