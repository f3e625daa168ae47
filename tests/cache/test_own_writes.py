"""Once a write has been answered every read shows it (G1); a write is sent once (G6).

The order in which a read and a write begin, are answered by upstream and come to an end is all that
matters, so all orders are played through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import orjson
import pytest

from ayon_proxy.cache.writing import READ_BYTES
from ayon_proxy.errors import ProxyError, StorageFailed, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.tags import tag_hash
from tests.cache.rig import FOLDER, JSON, LIST, Rig, ok, read, settled, text
from tests.support.memory_ports import MemoryResponseIndex
from tests.support.memory_upstream import Answer, MemoryUpstreamResponse
from tests.support.request_bodies import GivenBody


class ChangingUpstream:
    """The `Upstream` port of a server with one value. Each request waits twice: until it is carried
    out (`taken`), and until its answer is sent (`sent`)."""

    def __init__(self) -> None:
        self.value = 0
        self.requests: list[Underway] = []

    async def send(
        self,
        request: Request,
        body: object = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> MemoryUpstreamResponse:
        underway = Underway(request.method)
        self.requests.append(underway)
        await underway.taken.wait()
        if request.method == "PATCH":
            self.value += 1
        content = b"%d" % self.value
        await underway.sent.wait()
        return MemoryUpstreamResponse(ok(content))


@dataclass
class Underway:
    method: str
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    sent: asyncio.Event = field(default_factory=asyncio.Event)


BEGINS, IS_CARRIED_OUT, IS_ANSWERED = range(3)


def orders(requests: int) -> Iterator[tuple[int, ...]]:
    """Every order in which so many requests can take their three steps: whose turn it is."""
    return multiset_permutations([3] * requests)


def multiset_permutations(left: list[int]) -> Iterator[tuple[int, ...]]:
    if not any(left):
        yield ()
    for which, count in enumerate(left):
        if count:
            left[which] -= 1
            for rest in multiset_permutations(left):
                yield (which, *rest)
            left[which] += 1


class Play:
    """Requests of one client, taken through their steps; reads are held to what was answered."""

    def __init__(self, methods: Sequence[str]) -> None:
        self.methods = methods
        self.upstream = ChangingUpstream()
        self.rig = Rig(upstream=self.upstream)  # type: ignore[arg-type]
        self.steps = [0] * len(methods)
        self.answered = 0
        self.asking: list[asyncio.Task[None]] = []
        self.underway: dict[int, Underway] = {}

    async def step(self, which: int) -> None:
        step = self.steps[which]
        self.steps[which] += 1
        if step == BEGINS:
            before = len(self.upstream.requests)
            self.asking.append(asyncio.create_task(self.ask(self.methods[which])))
            await settled(TURNS)
            if len(self.upstream.requests) > before:
                self.underway[which] = self.upstream.requests[before]
        elif which in self.underway:  # else it waits with another, or came from the store
            one = self.underway[which]
            (one.taken if step == IS_CARRIED_OUT else one.sent).set()
            await settled(TURNS)

    async def ask(self, method: str) -> None:
        at_least = self.answered
        answer = await read(await self.rig.begin(FOLDER, method=method))
        shown = int(answer.body)
        if method == "PATCH":
            self.answered = max(self.answered, shown)
        assert shown >= at_least, f"{method} shows {shown} after {at_least} had been answered"


TURNS = 12
"""Enough for a request to come to its next wait: it takes eight."""


@pytest.mark.parametrize(
    "methods",
    [("GET", "PATCH", "GET"), ("GET", "PATCH", "PATCH")],
    ids=" ".join,
)
async def test_in_no_order_of_steps_a_read_shows_less_than_was_answered_before_it(
    methods: Sequence[str],
) -> None:
    for order in orders(len(methods)):
        play = Play(methods)
        for which in order:
            await play.step(which)
        await asyncio.gather(*play.asking)
        reading = asyncio.create_task(play.ask("GET"))
        await settled(TURNS)
        for one in play.upstream.requests:
            one.taken.set()
            one.sent.set()
        try:
            await reading
        except AssertionError as error:
            error.add_note(f"in the order {order}")
            raise
        assert sum(it.method == "PATCH" for it in play.upstream.requests) == methods.count("PATCH")
        assert play.answered == methods.count("PATCH")


async def test_a_fetch_that_began_before_a_write_is_not_joined_after_it(rig: Rig) -> None:
    head = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b'"old"', head_after=head), Answer(204), ok(b'"new"'))
    reading = asyncio.create_task(rig.ask(FOLDER))
    await rig.upstream.arrived(1)
    await rig.ask(FOLDER, method="PATCH")
    after = await rig.ask(FOLDER)
    assert (after.body, after.cache_status) == (b'"new"', b"ayon-proxy; fwd=uri-miss; stored")
    head.set()
    assert (await reading).body == b'"old"'
    await rig.cache.in_flight.idle()
    assert rig.bodies == [b'"new"']
    assert (await rig.ask(FOLDER)).body == b'"new"'


async def test_an_answer_fetched_across_an_invalidation_is_never_fresh(rig: Rig) -> None:
    head = asyncio.Event()
    rig.upstream.answers(
        FOLDER,
        ok(b'"old"', head_after=head),
        Answer(204),
        UpstreamUnreachable("refused"),
        ok(b'"new"'),
    )
    reading = asyncio.create_task(rig.ask(FOLDER))
    await rig.upstream.arrived(1)
    await rig.ask(FOLDER, method="PATCH")
    head.set()
    await reading
    await rig.cache.in_flight.idle()
    offline = await rig.ask(FOLDER)
    assert (offline.body, offline.cache_status) == (b'"old"', b"ayon-proxy; hit; detail=offline")
    rig.clock.advance(2)
    assert (await rig.ask(FOLDER)).body == b'"new"'


@pytest.mark.parametrize("order", ["old last", "new last"])
@pytest.mark.parametrize("size", [3, 100_000], ids=["row", "file"])
async def test_an_older_slow_fetch_never_replaces_a_newer_answer(
    rig: Rig, order: str, size: int
) -> None:
    ends = {"old": asyncio.Event(), "new": asyncio.Event()}
    old, new = text(size, b"o"), text(size, b"n")
    rig.upstream.answers(FOLDER, ok(old, ends["old"]), Answer(204), ok(new, ends["new"]))
    asking = [asyncio.create_task(rig.ask(FOLDER))]
    await rig.upstream.arrived(1)
    await rig.ask(FOLDER, method="PATCH")
    asking.append(asyncio.create_task(rig.ask(FOLDER)))
    await rig.upstream.arrived(3)
    for which in ("new", "old") if order == "old last" else ("old", "new"):
        ends[which].set()
        await settled()
    assert [it.body for it in await asyncio.gather(*asking)] == [old, new]
    await rig.cache.in_flight.idle()
    assert (await rig.ask(FOLDER)).body == new
    await rig.cache.janitor.tick()
    assert rig.bodies == [new]
    assert list(rig.blobs.blobs.values()) == [it for it in [new] if size > 65536]


class TestAWriteInvalidates:
    async def stale(self, rig: Rig) -> bool:
        rig.upstream.answers(FOLDER, ok(b'"second"'))
        return (await rig.ask(FOLDER)).cache_status == b"ayon-proxy; fwd=stale; stored"

    @pytest.mark.parametrize(
        "target", [FOLDER, b"/api/projects/demo/operations", b"/api/unheard/of"]
    )
    @pytest.mark.parametrize("status", [200, 204, 400, 403, 500, 502])
    async def test_whatever_it_is_answered(self, rig: Rig, target: bytes, status: int) -> None:
        await rig.stored(FOLDER)
        rig.upstream.answers(target, Answer(status))
        answer = await rig.ask(target, method="POST", body=GivenBody(b"{}"))
        assert (answer.status, answer.cache_status) == (status, b"ayon-proxy; fwd=method")
        assert await self.stale(rig)

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (UpstreamUnreachable("refused"), b"Nothing was changed."),
            (UpstreamBroke("reset"), b"may have been carried out."),
        ],
    )
    async def test_when_it_brings_no_answer(
        self, rig: Rig, error: ProxyError, words: bytes
    ) -> None:
        await rig.stored(FOLDER)
        rig.upstream.answers(FOLDER, error)
        answer = await rig.ask(FOLDER, method="PATCH")
        assert answer.status == 504
        assert words in answer.body
        rig.clock.advance(2)
        assert await self.stale(rig)

    async def test_before_it_is_sent(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        head = asyncio.Event()
        rig.upstream.answers(FOLDER, Answer(204, head_after=head), ok(b'"second"'))
        writing = asyncio.create_task(rig.ask(FOLDER, method="PATCH"))
        await rig.upstream.arrived(2)
        assert (await rig.ask(FOLDER)).body == b'"second"'
        head.set()
        await writing

    async def test_again_when_it_is_answered(self, rig: Rig) -> None:
        """What was read while upstream was at it may be from before."""
        head = asyncio.Event()
        rig.upstream.answers(FOLDER, Answer(204, head_after=head), ok(b'"between"'))
        writing = asyncio.create_task(rig.ask(FOLDER, method="PATCH"))
        await rig.upstream.arrived(1)
        await rig.ask(FOLDER)
        await rig.cache.in_flight.idle()
        head.set()
        await writing
        assert await self.stale(rig)

    @pytest.mark.parametrize("when", ["uploading", "waiting"])
    async def test_when_its_client_leaves(self, rig: Rig, when: str) -> None:
        held = asyncio.Event()
        waits = when == "waiting"
        rig.upstream.answers(
            FOLDER, Answer(204, head_after=held if waits else None), ok(b'"between"')
        )
        body = GivenBody(b"{") if waits else GivenBody(b"{", held)
        media = (b"content-type", b"application/json" if waits else b"image/png")
        writing = asyncio.create_task(rig.ask(FOLDER, media, method="PATCH", body=body))
        await settled()
        if waits:
            await rig.ask(FOLDER)
            await rig.cache.in_flight.idle()
        else:
            await rig.stored(FOLDER)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        assert await self.stale(rig)

    async def test_when_it_can_not_be_written_down(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.index.failure = StorageFailed("disk full")
        rig.upstream.answers(FOLDER, Answer(204))
        assert (await rig.ask(FOLDER, method="PATCH")).status == 204
        rig.index.failure = None
        assert await self.stale(rig)

    async def test_over_a_restart(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.upstream.answers(FOLDER, Answer(204))
        await rig.ask(FOLDER, method="PATCH")
        rig.restart()
        await rig.cache.tags.load()
        assert await self.stale(rig)

    async def test_the_lists_that_show_it_and_not_another_project(self, rig: Rig) -> None:
        other = b"/api/projects/other/folders/f2"
        for target in (LIST, other):
            await rig.stored(target)
        rig.upstream.answers(FOLDER, Answer(204))
        await rig.ask(FOLDER, method="PATCH")
        assert (await rig.ask(LIST)).cache_status.startswith(b"ayon-proxy; fwd=stale")
        assert (await rig.ask(other)).cache_status.startswith(b"ayon-proxy; hit")

    async def test_for_all_credentials(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.upstream.answers(FOLDER, Answer(204))
        await rig.ask(FOLDER, method="PATCH", caller=b"bob")
        assert await self.stale(rig)


async def test_a_write_with_its_body_is_sent_once_and_its_answer_relayed(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, Answer(200, ((b"x", b"y"),), (b"a", b"b")))
    answer = await rig.ask(FOLDER, method="PATCH", body=GivenBody(b"one", b"two"))
    assert (answer.status, answer.value(b"x"), answer.body) == (200, b"y", b"ab")
    assert [sent.body for sent in rig.upstream.sent] == [b"onetwo"]
    assert rig.cache.traffic.writes == 1


@pytest.mark.parametrize("error", [UpstreamUnreachable("refused"), UpstreamBroke("reset")])
async def test_a_write_that_failed_is_not_sent_again(rig: Rig, error: ProxyError) -> None:
    rig.upstream.answers(FOLDER, error)
    await rig.ask(FOLDER, method="PATCH", body=GivenBody(b"{}"))
    assert rig.asked(FOLDER) == 1


class SlowIndex(MemoryResponseIndex):
    """Writing an invalidation down takes a few turns."""

    async def invalidate(
        self, tag_hashes: Collection[int], seq: int, *, lasting: bool = False
    ) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        await super().invalidate(tag_hashes, seq, lasting=lasting)


@pytest.mark.parametrize("turns", range(30))
async def test_a_writer_that_leaves_at_any_turn_leaves_nothing_open(turns: int) -> None:
    rig = Rig(index=SlowIndex())
    rig.upstream.answers(FOLDER, Answer(200, (), (b"body",)))
    writing = asyncio.create_task(rig.begin(FOLDER, method="PATCH"))
    for _ in range(turns):
        await asyncio.sleep(0)
    writing.cancel()
    (ended,) = await asyncio.gather(writing, return_exceptions=True)
    if not isinstance(ended, BaseException):
        await ended.body.aclose()
    assert all(it.closed.is_set() for it in rig.upstream.responses)


F, G = "f" * 32, "0" * 32
TASK = f"/api/projects/demo/tasks/{F}".encode()
OTHER = f"/api/projects/demo/tasks/{G}".encode()
OPERATIONS = b"/api/projects/demo/operations"


def batch(*entities: str) -> bytes:
    update = {"type": "update", "entityType": "task", "data": {"label": "x"}}
    return orjson.dumps({"operations": [{**update, "entityId": each} for each in entities]})


def label() -> GivenBody:
    return GivenBody(b'{"label":', b'"x"}')


async def fresh(rig: Rig, target: bytes) -> bool:
    return (await rig.ask(target)).cache_status.startswith(b"ayon-proxy; hit")


async def passes(rig: Rig, seconds: float) -> None:
    await settled()
    rig.clock.advance(seconds)
    await settled()


class TestAWriteSpares:
    """What its body tells it does not concern."""

    @pytest.mark.parametrize(
        ("method", "target", "body"),
        [
            ("PATCH", TASK, b'{"label":"x"}'),
            ("POST", OPERATIONS, batch(F)),
            ("DELETE", TASK, b""),
        ],
    )
    async def test_other_entities(self, rig: Rig, method: str, target: bytes, body: bytes) -> None:
        await rig.stored(TASK)
        await rig.stored(OTHER)
        rig.upstream.answers(target, Answer(204), ok(b'"second"'))
        await rig.ask(target, JSON, method=method, body=GivenBody(body) if body else None)
        assert await fresh(rig, OTHER)
        rig.upstream.answers(TASK, ok(b'"second"'))
        assert not await fresh(rig, TASK)

    async def test_nothing_where_it_is_too_long_to_be_looked_into(self, rig: Rig) -> None:
        await rig.stored(OTHER)
        rig.upstream.answers(TASK, Answer(204))
        pieces = [b'{"label":"', *[b"x" * (READ_BYTES // 4)] * 4, b'"}']
        await rig.ask(TASK, JSON, method="PATCH", body=GivenBody(*pieces))
        assert rig.upstream.sent[-1].body == b"".join(pieces)
        assert not await fresh(rig, OTHER)

    async def test_nothing_where_nobody_can_read_it(self, rig: Rig) -> None:
        await rig.stored(OTHER)
        rig.upstream.answers(TASK, Answer(422))
        await rig.ask(TASK, JSON, method="PATCH", body=GivenBody(b'{"label":'))
        assert not await fresh(rig, OTHER)


class Unread(GivenBody):
    async def whole(self, limit: int) -> bytes | None:
        raise AssertionError("it was read before it was sent")


@pytest.mark.parametrize(
    ("target", "media"),
    [
        (b"/api/projects/demo/files", b"application/json"),
        (TASK + b"/thumbnail", b"image/png"),
        (OPERATIONS, b"application/octet-stream"),
    ],
)
async def test_an_upload_goes_through_unread(rig: Rig, target: bytes, media: bytes) -> None:
    rig.upstream.answers(target, Answer(201))
    body = Unread(b"one", b"two")
    assert (await rig.ask(target, (b"content-type", media), method="POST", body=body)).status == 201
    assert rig.upstream.sent[-1].body == b"onetwo"


async def test_a_client_that_leaves_before_its_body_is_whole_has_changed_nothing(rig: Rig) -> None:
    body = GivenBody(b'{"label":', ProxyError("left"))
    with pytest.raises(ProxyError, match="left"):
        await rig.ask(TASK, JSON, method="PATCH", body=body)
    assert not rig.upstream.sent
    assert not rig.journal.intents


class TestAnIntent:
    async def test_is_written_down_before_the_write_is_sent(self, rig: Rig) -> None:
        head = asyncio.Event()
        rig.upstream.answers(TASK, Answer(204, head_after=head))
        writing = asyncio.create_task(rig.ask(TASK, JSON, method="PATCH", body=label()))
        await rig.upstream.arrived(1)
        (intent,) = rig.journal.intents.values()
        assert tag_hash(f"entity:{F}") in intent
        assert rig.cache.tags.last_invalidated(tag_hash(f"entity:{F}")) > 0
        head.set()
        await writing
        await passes(rig, 3)
        assert not rig.journal.intents

    async def test_is_carried_out_by_the_next_process(self, rig: Rig) -> None:
        """Killed while upstream was at it: what was read in between may be from before."""
        head = asyncio.Event()
        rig.upstream.answers(TASK, Answer(204, head_after=head), ok(b'"between"'))
        writing = asyncio.create_task(rig.ask(TASK, JSON, method="PATCH", body=label()))
        await rig.upstream.arrived(1)
        await rig.ask(TASK)
        await rig.cache.in_flight.idle()
        old = rig.cache
        rig.restart()
        await rig.cache.tags.load()
        assert await fresh(rig, TASK)
        await rig.cache.invalidator.recover()
        assert not await fresh(rig, TASK)
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await old.writer.aclose()
        await old.invalidator.aclose()

    async def test_that_cannot_be_written_down_keeps_no_write_from_upstream(self, rig: Rig) -> None:
        await rig.stored(TASK)
        rig.journal.failure = StorageFailed("disk full")
        rig.upstream.answers(TASK, Answer(204), ok(b'"second"'))
        assert (await rig.ask(TASK, JSON, method="PATCH", body=label())).status == 204
        assert not await fresh(rig, TASK)

    @pytest.mark.parametrize("cancels", [1, 2])
    async def test_is_closed_when_its_client_leaves(self, rig: Rig, cancels: int) -> None:
        head = asyncio.Event()
        rig.upstream.answers(TASK, Answer(204, head_after=head), ok(b'"between"'))
        writing = asyncio.create_task(rig.ask(TASK, JSON, method="PATCH", body=label()))
        await rig.upstream.arrived(1)
        await rig.ask(TASK)
        await rig.cache.in_flight.idle()
        for _ in range(cancels):
            writing.cancel()
            await asyncio.sleep(0)
        await asyncio.gather(writing, return_exceptions=True)
        await settled()
        assert not await fresh(rig, TASK)
        await passes(rig, 3)
        assert not rig.journal.intents


async def test_a_batch_of_which_a_part_failed_has_changed_all_of_it(rig: Rig) -> None:
    for target in (TASK, OTHER):
        await rig.stored(target)
    result = {"success": False, "operations": [{"success": True}, {"success": False}]}
    rig.upstream.answers(OPERATIONS, ok(orjson.dumps(result)))
    await rig.ask(OPERATIONS, JSON, method="POST", body=GivenBody(batch(F, G)))
    assert not await fresh(rig, TASK)
    assert not await fresh(rig, OTHER)


async def test_what_upstream_keeps_for_a_moment_is_invalidated_again(rig: Rig) -> None:
    """The list of folders is put together anew, and one computation answers many (1.6)."""
    body = GivenBody(b'{"label":"x"}')
    folder = f"/api/projects/demo/folders/{F}".encode()
    rig.upstream.answers(folder, Answer(204))
    await rig.ask(folder, JSON, method="PATCH", body=body)
    await rig.stored(LIST)
    await rig.stored(OTHER)
    await passes(rig, 2)
    assert await fresh(rig, LIST)
    await passes(rig, 1)
    assert not await fresh(rig, LIST)
    assert await fresh(rig, OTHER)


async def test_a_write_whose_end_could_not_be_written_down_stays_an_intent(rig: Rig) -> None:
    answering = asyncio.Event()
    folder = f"/api/projects/demo/folders/{F}".encode()
    rig.upstream.answers(folder, Answer(204, head_after=answering))
    body = GivenBody(b'{"label":"x"}')
    writing = asyncio.create_task(rig.ask(folder, JSON, method="PATCH", body=body))
    await settled()
    (intent,) = rig.journal.intents

    rig.index.failure = StorageFailed("disk full")
    answering.set()
    await writing

    assert intent in rig.journal.intents


@pytest.mark.parametrize(
    "ends", [Answer(504), Answer(500), UpstreamBroke("reset")], ids=["504", "500", "broke"]
)
async def test_a_write_that_may_still_go_on_is_invalidated_again(
    rig: Rig, ends: Answer | ProxyError
) -> None:
    """Nothing about a new task has to settle, if its write is over."""
    tasks = b"/api/projects/demo/tasks"
    rig.upstream.answers(tasks, ends)
    rig.upstream.answers(TASK, ok(b'"between"'), ok(b'"after"'))
    new = orjson.dumps({"id": F, "folderId": G})
    await rig.ask(tasks, JSON, method="POST", body=GivenBody(new))
    await rig.ask(TASK)
    await rig.cache.in_flight.idle()
    assert await fresh(rig, TASK)
    await passes(rig, 3)
    assert (await rig.ask(TASK)).body == b'"after"'
