"""Waiting for the commit of a thumbnail, over fakes and a clock that stands.

Broken once: asking without the wait, taking another hash for the marker, no end of the wait, a
second question while one waits, the caller's right unproved before the service asks, waiting for
an upload of another version, never forgetting.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.bodies import InlineBody
from ayon_proxy.cache.ports import UpstreamResponse
from ayon_proxy.cache.thumbnails import FORGOTTEN_SECONDS, WAIT_SECONDS, Thumbnails
from ayon_proxy.errors import UpstreamUnreachable
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.policy.thumbnails import Keeping
from tests.cache.rig import settled
from tests.support.manual_clock import ManualClock
from tests.support.memory_upstream import Answer as Upstreams
from tests.support.memory_upstream import MemoryUpstream

VERSION, TASK, FOLDER, PRODUCT, OTHER = "v" * 32, "a" * 32, "f" * 32, "p" * 32, "0" * 32
PROJECT = "/api/projects/film"
ENTITY = f"{PROJECT}/versions/{VERSION}"
BY_ID = f"{PROJECT}/thumbnails/t1".encode()
SERVICE = ((b"x-api-key", b"service"),)
CALLER = ((b"x-api-key", b"alice"),)


def thumbnail_of(entity: str = ENTITY, caller: Fields = CALLER) -> Request:
    entity = entity.replace("film/../", "")
    return Request("GET", f"{entity}/thumbnail".encode(), b"", caller)


def updated(expected: str, kind: str = "version", entity_id: str = VERSION) -> dict[str, Any]:
    summary = {"entityType": kind, "entityId": entity_id, "thumbnailHash": expected}
    return {"topic": "thumbnail.updated", "project": "film", "id": expected, "summary": summary}


def entity(shown_hash: str, thumbnail_id: str | None = "t1") -> Upstreams:
    content = {"data": {"thumbnailHash": shown_hash}, "thumbnailId": thumbnail_id}
    return Upstreams(chunks=(json.dumps(content).encode(),))


@dataclass
class Rig:
    """What is asked by way of the engine gets `stored`, with `status` as its Cache-Status."""

    service: Fields | None = SERVICE
    upstream: MemoryUpstream = field(default_factory=MemoryUpstream)
    clock: ManualClock = field(default_factory=ManualClock)
    stored: dict[str, Any] = field(default_factory=dict)
    status: bytes = b"ayon-proxy; hit; ttl=5"
    live: bool = True
    asked: list[Request] = field(default_factory=list)
    may_tell: asyncio.Event = field(default_factory=asyncio.Event)
    thumbnails: Thumbnails = field(init=False)

    def __post_init__(self) -> None:
        self.may_tell.set()
        self.thumbnails = Thumbnails(
            self.upstream, self.ask, self.clock, self.service, watched=lambda: self.live
        )

    async def ask(self, request: Request) -> Answer:
        self.asked.append(request)
        await self.may_tell.wait()
        content = self.stored.get(request.path.decode())
        body = InlineBody(json.dumps(content).encode())
        return Answer(Head(200 if content is not None else 404), body, self.status)

    def shows(self, *answers: Upstreams) -> None:
        """What upstream says of the version from now on."""
        self.upstream.answers(ENTITY.encode(), *answers)

    @asynccontextmanager
    async def fetching(
        self, request: Request | None = None
    ) -> AsyncIterator[asyncio.Task[UpstreamResponse | None]]:
        """Somebody asks for a thumbnail; as far as it comes by itself."""
        task = asyncio.create_task(self.thumbnails.before_fetch(request or thumbnail_of()))
        await settled()
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait({task})

    def questions(self) -> list[bytes]:
        return [sent.request.path for sent in self.upstream.sent]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    yield rig
    assert all(it.closed.is_set() for it in rig.upstream.responses), "a response was not closed"


async def test_what_is_not_changing_is_asked_for_at_once(rig: Rig) -> None:
    rig.thumbnails.heard(updated("h1"))
    others = [
        thumbnail_of(f"{PROJECT}/versions/{OTHER}"),
        thumbnail_of(f"{PROJECT}/tasks/{VERSION}"),
        thumbnail_of(f"/api/projects/other/versions/{VERSION}"),
        Request("GET", ENTITY.encode()),
        Request("GET", b"/api/info"),
    ]
    for other in others:
        assert await rig.thumbnails.before_fetch(other) is None
    assert not rig.upstream.sent


async def test_a_thumbnail_is_not_asked_for_before_the_change_is_committed(rig: Rig) -> None:
    rig.shows(entity("old"))
    rig.thumbnails.heard(updated("new"))
    async with rig.fetching() as fetching:
        await rig.clock.sleeping(2)
        assert not fetching.done()
        rig.shows(entity("new"))
        rig.clock.advance(0.1)
        assert await fetching is None
    assert rig.questions() == [ENTITY.encode()] * 2
    assert rig.upstream.sent[0].request.fields[:1] == CALLER
    assert await rig.thumbnails.before_fetch(thumbnail_of()) is None
    assert len(rig.upstream.sent) == 2


async def test_of_two_changes_the_later_one_is_waited_for(rig: Rig) -> None:
    rig.shows(entity("first"))
    rig.thumbnails.heard(updated("first"))
    rig.thumbnails.heard(updated("second"))
    async with rig.fetching() as fetching:
        await rig.clock.sleeping(2)
        assert not fetching.done()
        rig.shows(entity("second"))
        rig.clock.advance(0.1)
        assert await fetching is None


async def test_a_change_heard_of_while_the_entity_is_asked_for_is_waited_for_too(rig: Rig) -> None:
    hold = asyncio.Event()
    content = b'{"data":{"thumbnailHash":"first"}}'
    rig.shows(Upstreams(chunks=(hold, content)), entity("first"), entity("second"))
    rig.thumbnails.heard(updated("first"))
    async with rig.fetching() as fetching:
        rig.thumbnails.heard(updated("second"))
        hold.set()
        await rig.clock.sleeping(2)
        assert not fetching.done()
        rig.clock.advance(0.1)
        await settled()
        assert not fetching.done()
        rig.clock.advance(0.1)
        assert await fetching is None


async def test_one_asks_for_all_who_wait(rig: Rig) -> None:
    rig.shows(entity("old"), entity("new"))
    rig.thumbnails.heard(updated("new"))
    async with rig.fetching() as one, rig.fetching() as another, rig.fetching() as third:
        await rig.clock.sleeping(4)
        assert len(rig.upstream.sent) == 1
        rig.clock.advance(0.1)
        assert [await each for each in (one, another, third)] == [None] * 3
    assert len(rig.upstream.sent) == 2


async def test_who_waits_goes_on_when_the_one_that_asked_has_left(rig: Rig) -> None:
    rig.shows(entity("old"), entity("new"))
    rig.thumbnails.heard(updated("new"))
    async with rig.fetching() as another_first, rig.fetching() as fetching:
        await rig.clock.sleeping(3)
        another_first.cancel()
        assert await fetching is None


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_caller_who_may_not_see_the_entity_gets_its_refusal(rig: Rig, status: int) -> None:
    rig.shows(Upstreams(status=status, chunks=(b"no",)))
    rig.thumbnails.heard(updated("new"))
    response = await rig.thumbnails.before_fetch(thumbnail_of())
    assert response is not None
    assert response.head.status == status
    await response.aclose()


async def test_one_who_is_refused_does_not_speak_for_others(rig: Rig) -> None:
    rig.shows(Upstreams(status=403), entity("new"))
    rig.thumbnails.heard(updated("new"))
    refusal = await rig.thumbnails.before_fetch(thumbnail_of(caller=((b"x-api-key", b"bob"),)))
    assert refusal is not None
    await refusal.aclose()
    assert await rig.thumbnails.before_fetch(thumbnail_of()) is None


async def test_without_a_commit_the_thumbnail_comes_by_its_id_in_two_seconds(rig: Rig) -> None:
    rig.shows(entity("old"))
    rig.upstream.answers(BY_ID, Upstreams(chunks=(b"picture",)))
    rig.thumbnails.heard(updated("new"))
    async with rig.fetching() as fetching:
        rig.clock.advance(WAIT_SECONDS - 0.05)
        await settled()
        assert not fetching.done()
        rig.clock.advance(0.05)
        response = await fetching
    assert response is not None
    assert b"".join([chunk async for chunk in response.chunks()]) == b"picture"
    await response.aclose()
    assert rig.upstream.sent[-1].request == Request("GET", BY_ID, b"", SERVICE)
    assert rig.questions()[-2] == ENTITY.encode()
    assert rig.upstream.sent[-2].request.fields[:1] == CALLER


async def test_who_comes_after_the_two_seconds_does_not_wait_again(rig: Rig) -> None:
    rig.shows(entity("old"))
    rig.upstream.answers(BY_ID, Upstreams())
    rig.thumbnails.heard(updated("new"))
    rig.clock.advance(WAIT_SECONDS)
    async with rig.fetching() as fetching:
        await rig.clock.sleeping(1)
        rig.clock.advance(0.001)
        response = await fetching
    assert response is not None
    await response.aclose()


async def test_a_commit_that_is_late_ends_it_all_the_same(rig: Rig) -> None:
    rig.shows(entity("new"))
    rig.thumbnails.heard(updated("new"))
    rig.clock.advance(WAIT_SECONDS + 1)
    assert await rig.thumbnails.before_fetch(thumbnail_of()) is None


async def test_a_commit_that_shows_at_the_last_look_ends_it_too(rig: Rig) -> None:
    rig.shows(Upstreams(head_after=asyncio.Event()), entity("new"))
    rig.thumbnails.heard(updated("new"))
    async with rig.fetching() as fetching:
        rig.clock.advance(WAIT_SECONDS)
        assert await fetching is None


async def refused_by_id(rig: Rig) -> bool:
    rig.thumbnails.heard(updated("new"))
    async with rig.fetching() as fetching:
        rig.clock.advance(WAIT_SECONDS)
        try:
            await fetching
        except UpstreamUnreachable:
            return True
    return False


@pytest.mark.parametrize("status", [203, 403, 404, 500])
async def test_where_the_id_brings_nothing_there_is_nothing_to_give(rig: Rig, status: int) -> None:
    rig.shows(entity("old"))
    rig.upstream.answers(BY_ID, Upstreams(status=status))
    assert await refused_by_id(rig)


async def test_an_entity_without_a_thumbnail_of_its_own_has_none_by_id(rig: Rig) -> None:
    rig.shows(entity("old", None))
    assert await refused_by_id(rig)


async def test_without_a_service_key_the_caller_asks_by_id(rig: Rig) -> None:
    rig.thumbnails = Thumbnails(rig.upstream, rig.ask, rig.clock)
    rig.shows(entity("old"))
    rig.upstream.answers(BY_ID, Upstreams(status=403))
    assert await refused_by_id(rig)
    assert rig.upstream.sent[-1].request.fields == CALLER


async def test_a_caller_who_lost_access_meanwhile_gets_no_picture(rig: Rig) -> None:
    rig.shows(entity("old"))
    rig.upstream.answers(BY_ID, Upstreams(chunks=(b"picture",)))
    rig.thumbnails.heard(updated("new"))
    async with rig.fetching() as fetching:
        await rig.clock.sleeping(2)
        rig.shows(Upstreams(status=403))
        rig.clock.advance(WAIT_SECONDS)
        response = await fetching
    assert response is not None
    assert response.head.status == 403
    await response.aclose()


async def test_an_event_whose_hash_never_shows_is_forgotten(rig: Rig) -> None:
    rig.thumbnails.heard(updated("never"))
    rig.clock.advance(FORGOTTEN_SECONDS + 1)
    assert await rig.thumbnails.before_fetch(thumbnail_of()) is None
    assert not rig.upstream.sent


async def test_an_upstream_that_is_away_ends_the_wait(rig: Rig) -> None:
    rig.upstream.answers(ENTITY.encode(), UpstreamUnreachable("Connection refused."))
    rig.thumbnails.heard(updated("new"))
    with pytest.raises(UpstreamUnreachable):
        await rig.thumbnails.before_fetch(thumbnail_of())


ABOVE = {
    ENTITY: {"productId": PRODUCT, "taskId": TASK},
    f"{PROJECT}/products/{PRODUCT}": {"folderId": FOLDER},
}
UPLOAD = Request("POST", f"{ENTITY}/thumbnail".encode(), b"", CALLER)


@pytest.mark.parametrize(
    ("write", "body", "waiting", "not_waiting"),
    [
        (
            UPLOAD,
            None,
            [f"versions/{VERSION}", f"folders/{FOLDER}", f"tasks/{TASK}"],
            [f"versions/{OTHER}", f"folders/{OTHER}", f"tasks/{OTHER}"],
        ),
        (
            Request("PUT", f"{PROJECT}/thumbnails/{OTHER}".encode()),
            None,
            [f"versions/{VERSION}", f"folders/{FOLDER}"],
            [f"../other/versions/{VERSION}"],
        ),
        (
            Request("PATCH", f"{PROJECT}/folders/{FOLDER}".encode()),
            b'{"thumbnailId":null}',
            [f"folders/{FOLDER}"],
            [f"versions/{VERSION}", f"tasks/{TASK}"],
        ),
        (Request("PATCH", ENTITY.encode()), b'{"status":"x"}', [], [f"versions/{VERSION}"]),
    ],
    ids=["upload", "put by id", "patch", "another field"],
)
async def test_what_a_write_changes_is_not_asked_for_until_it_is_answered(
    rig: Rig, write: Request, body: bytes | None, waiting: list[str], not_waiting: list[str]
) -> None:
    rig.stored.update(ABOVE)
    async with rig.thumbnails.writing(write, body):
        await settled()
        for each in not_waiting:
            assert await rig.thumbnails.before_fetch(thumbnail_of(f"{PROJECT}/{each}")) is None
        fetching = [
            asyncio.create_task(rig.thumbnails.before_fetch(thumbnail_of(f"{PROJECT}/{each}")))
            for each in waiting
        ]
        await rig.clock.sleeping(len(waiting)) if waiting else None
        assert not any(each.done() for each in fetching)
    assert [await each for each in fetching] == [None] * len(waiting)
    assert not rig.upstream.sent


async def test_while_nobody_knows_what_stands_above_folders_and_tasks_wait(rig: Rig) -> None:
    rig.stored.update(ABOVE)
    rig.may_tell.clear()
    async with rig.thumbnails.writing(UPLOAD, None):
        other = thumbnail_of(f"{PROJECT}/folders/{OTHER}")
        async with rig.fetching(other) as unrelated, rig.fetching() as related:
            assert not unrelated.done()
            rig.may_tell.set()
            assert await unrelated is None
            assert not related.done()


@pytest.mark.parametrize("stored", [{}, {ENTITY: ABOVE[ENTITY]}, {ENTITY: {"productId": 5}}])
async def test_what_can_never_be_known_is_waited_for(rig: Rig, stored: dict[str, Any]) -> None:
    rig.stored.update(stored)
    async with rig.thumbnails.writing(UPLOAD, None):
        async with rig.fetching(thumbnail_of(f"{PROJECT}/tasks/{OTHER}")) as fetching:
            assert not fetching.done()
        assert (
            await rig.thumbnails.before_fetch(thumbnail_of(f"{PROJECT}/versions/{OTHER}")) is None
        )


async def test_nothing_delays_a_write(rig: Rig) -> None:
    rig.may_tell.clear()
    async with asyncio.timeout(10), rig.thumbnails.writing(UPLOAD, None):
        await settled()
    assert len(rig.asked) == 1


async def test_a_write_is_waited_for_as_long_whatever_was_heard_before(rig: Rig) -> None:
    rig.thumbnails.heard(updated("new"))
    rig.clock.advance(WAIT_SECONDS)
    async with rig.thumbnails.writing(UPLOAD, None), rig.fetching():
        assert await rig.clock.sleeping() == [WAIT_SECONDS]


async def test_a_write_that_fails_is_waited_for_no_longer(rig: Rig) -> None:
    with pytest.raises(UpstreamUnreachable):
        async with rig.thumbnails.writing(UPLOAD, None):
            raise UpstreamUnreachable("Connection refused.")
    assert await rig.thumbnails.before_fetch(thumbnail_of()) is None


async def test_after_an_upload_the_commit_of_its_event_is_looked_for(rig: Rig) -> None:
    rig.shows(entity("new"))
    async with rig.thumbnails.writing(UPLOAD, None):
        rig.thumbnails.heard(updated("new"))
        async with rig.fetching() as fetching:
            assert not rig.upstream.sent
    del fetching
    assert await rig.thumbnails.before_fetch(thumbnail_of()) is None
    assert rig.questions() == [ENTITY.encode()]


async def test_an_upload_that_takes_long_is_not_waited_for_longer_than_two_seconds(
    rig: Rig,
) -> None:
    rig.shows(entity("old"))
    rig.upstream.answers(BY_ID, Upstreams())
    async with rig.thumbnails.writing(UPLOAD, None), rig.fetching() as fetching:
        rig.clock.advance(WAIT_SECONDS)
        response = await fetching
    assert response is not None
    await response.aclose()


def head(*fields: tuple[bytes, bytes]) -> Head:
    return Head(200, fields)


OWN = head((b"x-thumbnail-source", b"version"), (b"x-thumbnail-id", b"t1"))


async def keeping_of(
    rig: Rig, answered: Head, *heard: str, status: bytes = b"", request: Request | None = None
) -> Keeping:
    rig.status = status or rig.status
    for each in heard:
        rig.thumbnails.heard(updated(each))
    return await rig.thumbnails.keeping(request or thumbnail_of(), answered)


async def test_what_the_entity_confirms_is_stored_as_fresh(rig: Rig) -> None:
    rig.stored[ENTITY] = {"thumbnailId": "t1"}
    assert await keeping_of(rig, OWN) is Keeping.FRESH
    assert [(it.path, it.fields) for it in rig.asked] == [(ENTITY.encode(), CALLER)]


async def test_a_thumbnail_that_upstream_remembers_wrongly_is_not_fresh(rig: Rig) -> None:
    rig.stored[ENTITY] = {"thumbnailId": "t2"}
    assert await keeping_of(rig, OWN) is Keeping.OFFLINE


async def test_an_entity_of_the_time_before_upstream_went_away_confirms_nothing(rig: Rig) -> None:
    rig.stored[ENTITY] = {"thumbnailId": "t1"}
    assert await keeping_of(rig, OWN, status=b"ayon-proxy; hit; detail=offline") is Keeping.OFFLINE


async def test_after_a_change_the_entity_is_asked_for_anew(rig: Rig) -> None:
    rig.stored[ENTITY] = {"thumbnailId": "t1"}
    assert await keeping_of(rig, OWN, "new") is Keeping.FRESH
    rig.clock.advance(FORGOTTEN_SECONDS + 1)
    assert await keeping_of(rig, OWN) is Keeping.FRESH
    anew = (b"cache-control", b"no-cache")
    assert [anew in it.fields for it in rig.asked] == [True, False]


async def test_without_a_live_feed_the_entity_is_asked_for_anew(rig: Rig) -> None:
    rig.stored[ENTITY] = {"thumbnailId": "t1"}
    rig.live = False
    assert await keeping_of(rig, OWN) is Keeping.FRESH
    assert (b"cache-control", b"no-cache") in rig.asked[0].fields


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (head((b"x-thumbnail-source", b"reviewable"), (b"x-file-id", b"f1")), Keeping.OFFLINE),
        (head((b"x-thumbnail-source", b"task"), (b"x-thumbnail-id", b"t1")), Keeping.OFFLINE),
        (head(), Keeping.NOT),
    ],
)
async def test_what_is_not_the_entitys_own_asks_nobody(
    rig: Rig, answered: Head, expected: Keeping
) -> None:
    assert await keeping_of(rig, answered) is expected
    assert not rig.asked


async def test_everything_but_thumbnails_is_stored_as_ever(rig: Rig) -> None:
    info = Request("GET", b"/api/info")
    assert await keeping_of(rig, head(), request=info) is Keeping.FRESH
