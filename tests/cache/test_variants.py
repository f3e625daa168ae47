"""Variants of what is stored. Mutations that must each fail: a variant known by the key instead of
by the bytes; the coder called on the loop; made at the first asking; two made at once; what saves
too little kept; the oldest never let go of; own questions asked with the client's codings."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from random import Random

import orjson
import pytest

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.delivering import Deliverer
from ayon_proxy.cache.variants import (
    AGAIN_SECONDS,
    MOST_ASKED,
    MOST_WAITING,
    OVERHEAD_BYTES,
    SHARE,
    Variants,
)
from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.policy.decision import Deliver
from ayon_proxy.policy.invalidation.table import Invalidation
from ayon_proxy.policy.message import Fields, Request
from tests.cache.conftest import watched_over
from tests.cache.rig import ADDON, DEADLINE, FOLDER, JSON, Asked, Rig, ok, read, settled, text
from tests.support.request_bodies import GivenBody

BR = (b"accept-encoding", b"br")
LONG = text(5000)
OTHER = text(5000, b"y")
FILE = text(200_000)
NOISE = Random(1).randbytes(5000)


@dataclass
class Coder:
    """Codes by zlib in place of the real codings, and shows what it was given. While `held`, it
    waits."""

    given: list[bytes] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    at_work: int = 0
    most_at_work: int = 0

    def __post_init__(self) -> None:
        self.go.set()

    def __call__(self, content: bytes) -> bytes:
        self.given.append(content)
        self.begun.set()
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        assert self.go.wait(DEADLINE)
        self.at_work -= 1
        return zlib.compress(content)


@pytest.fixture
def coder() -> Coder:
    return Coder()


@pytest.fixture
async def coding(coder: Coder) -> AsyncIterator[Rig]:
    """A cache that offers br and gzip, both by the same coder."""
    async with watched_over(Rig(codings=((b"br", coder), (b"gzip", coder)))) as rig:
        yield rig


async def made(rig: Rig, target: bytes = FOLDER, *fields: tuple[bytes, bytes]) -> None:
    """Ask so often that a variant is made, and wait for it."""
    await wanted(rig, target, *fields)
    await rig.cache.variants.idle()


async def wanted(rig: Rig, target: bytes = FOLDER, *fields: tuple[bytes, bytes]) -> list[Asked]:
    """Ask so often that a variant is going to be made."""
    first = await rig.ask(target, *(fields or (BR,)))
    rig.clock.advance(AGAIN_SECONDS)
    return [first, await rig.ask(target, *(fields or (BR,)))]


def plain(answer: Asked) -> bytes:
    """The body that the client is given, undone."""
    coding = answer.value(b"content-encoding")
    assert answer.length in (None, len(answer.body))
    return answer.body if coding is None else zlib.decompress(answer.body)


async def test_a_variant_is_given_once_it_was_made(coding: Rig, coder: Coder) -> None:
    await coding.stored(FOLDER, LONG)
    before = await wanted(coding)
    await coding.cache.variants.idle()
    after = await coding.ask(FOLDER, BR)

    assert [answer.body for answer in before] == [LONG, LONG]
    assert plain(after) == LONG
    assert len(after.body) < len(LONG)
    assert after.value(b"content-encoding") == b"br"
    assert [answer.value(b"vary") for answer in (*before, after)] == [b"Accept-Encoding"] * 3
    assert after.value(b"etag") == (before[0].value(b"etag") or b"")[:-1] + b'-br"'
    assert after.cache_status == b"ayon-proxy; hit; ttl=9"
    assert coder.given == [LONG]


async def test_the_answer_on_its_way_is_upstreams(coding: Rig) -> None:
    coding.upstream.answers(FOLDER, ok(LONG))
    first = await coding.ask(FOLDER, BR)
    await coding.cache.in_flight.idle()
    assert (first.fields, first.body) == ((JSON,), LONG)


@pytest.mark.parametrize("accepted", [None, b"identity", b"zstd", b"br;q=0"])
async def test_who_accepts_nothing_of_it_sees_no_difference(
    coding: Rig, accepted: bytes | None
) -> None:
    fields: Fields = () if accepted is None else ((b"accept-encoding", accepted),)
    await coding.stored(FOLDER, LONG)
    before = await coding.ask(FOLDER, *fields)
    await made(coding)
    assert (await coding.ask(FOLDER, BR)).body != LONG
    after = await coding.ask(FOLDER, *fields)
    assert (after.fields, after.body, after.length) == (before.fields, LONG, len(LONG))
    assert before.value(b"vary") is None


async def test_nobody_waits_for_a_variant_and_fifty_who_ask_for_it_make_one(
    coding: Rig, coder: Coder
) -> None:
    await coding.stored(FOLDER, LONG)
    coder.go.clear()
    answers = [await coding.ask(FOLDER, BR)]
    coding.clock.advance(AGAIN_SECONDS)
    answers += await asyncio.gather(*(coding.ask(FOLDER, BR) for _ in range(50)))
    await settled()
    answers.append(await coding.ask(FOLDER, BR))
    coder.go.set()
    await coding.cache.variants.idle()
    assert {answer.body for answer in answers} == {LONG}
    after = await asyncio.gather(*(coding.ask(FOLDER, BR) for _ in range(50)))
    assert {plain(answer) for answer in after} == {LONG}
    assert {answer.value(b"content-encoding") for answer in after} == {b"br"}
    assert coder.given == [LONG]


async def test_what_is_read_once_or_in_one_rush_is_not_coded(coding: Rig, coder: Coder) -> None:
    for number in range(10):
        await coding.stored(FOLDER + b"?x=%d" % number, text(5000 + number))
        for _ in range(5):
            await coding.ask(FOLDER + b"?x=%d" % number, BR)
    await coding.cache.variants.idle()
    assert coder.given == []


async def test_one_is_made_at_a_time(coding: Rig, coder: Coder) -> None:
    coder.go.clear()
    for number in range(5):
        await coding.stored(FOLDER + b"?x=%d" % number, text(5000 + number))
        await wanted(coding, FOLDER + b"?x=%d" % number)
    assert await asyncio.to_thread(coder.begun.wait, DEADLINE)
    await settled()
    assert len(coder.given) == 1
    coder.go.set()
    await coding.cache.variants.idle()
    assert (len(coder.given), coder.most_at_work) == (5, 1)


async def test_no_more_wait_to_be_made_than_memory_is_meant_for(coding: Rig, coder: Coder) -> None:
    coder.go.clear()
    for number in range(MOST_WAITING + 10):
        await coding.stored(FOLDER + b"?x=%d" % number, text(2000 + number))
        await wanted(coding, FOLDER + b"?x=%d" % number)
    coder.go.set()
    await coding.cache.variants.idle()
    assert len(coder.given) == MOST_WAITING


async def test_each_coding_has_its_variant(coding: Rig, coder: Coder) -> None:
    gzip = (b"accept-encoding", b"gzip")
    await coding.stored(FOLDER, LONG)
    await made(coding)
    await made(coding, FOLDER, gzip)
    etags = [(await coding.ask(FOLDER, *it)).value(b"etag") for it in ((), (BR,), (gzip,))]
    assert len(set(etags)) == 3
    assert coder.given == [LONG, LONG]


async def test_equal_bytes_have_one_variant(coding: Rig, coder: Coder) -> None:
    await coding.stored(FOLDER, LONG)
    await made(coding)
    coding.clock.advance(20)
    await coding.stored(FOLDER, LONG)
    await coding.stored(FOLDER + b"?x=1", LONG)
    for target in (FOLDER, FOLDER + b"?x=1"):
        assert (await coding.ask(target, BR)).value(b"content-encoding") == b"br"
    assert coder.given == [LONG]


@pytest.mark.parametrize("dropped", [True, False], ids=["dropped", "expired"])
async def test_no_variant_outlives_its_identity(coding: Rig, coder: Coder, dropped: bool) -> None:
    await coding.stored(FOLDER, LONG)
    await made(coding)
    if dropped:
        await coding.cache.invalidator.invalidate(Invalidation(frozenset({"entity:f1"})))
    else:
        coding.clock.advance(20)
    await coding.stored(FOLDER, OTHER)
    answers = await wanted(coding)
    await coding.cache.variants.idle()
    answers.append(await coding.ask(FOLDER, BR))
    assert [plain(answer) for answer in answers] == [OTHER] * 3
    assert answers[-1].value(b"content-encoding") == b"br"


async def test_a_change_while_a_variant_is_made_is_not_undone_by_it(
    coding: Rig, coder: Coder
) -> None:
    await coding.stored(FOLDER, LONG)
    coder.go.clear()
    await wanted(coding)
    coding.clock.advance(20)
    await coding.stored(FOLDER, OTHER)
    coder.go.set()
    await coding.cache.variants.idle()
    assert plain(await coding.ask(FOLDER, BR)) == OTHER


async def test_offline_it_is_given_too(coding: Rig) -> None:
    await coding.stored(FOLDER, LONG)
    await made(coding)
    coding.clock.advance(20)
    coding.upstream.answers(FOLDER, UpstreamBroke("away"))
    answer = await coding.ask(FOLDER, BR)
    assert (plain(answer), answer.value(b"content-encoding")) == (LONG, b"br")


@pytest.mark.parametrize(
    ("target", "content", "fields"),
    [
        (FOLDER, text(1024), (JSON,)),
        (ADDON, FILE, ((b"content-type", b"image/jpeg"),)),
        (ADDON, FILE, ((b"content-type", b"video/mp4"),)),
        (ADDON, FILE, ((b"content-type", b"application/zip"),)),
        (FOLDER, LONG, (JSON, (b"cache-control", b"no-transform"))),
    ],
)
async def test_media_and_what_is_short_are_never_coded(
    coding: Rig, coder: Coder, target: bytes, content: bytes, fields: Fields
) -> None:
    await coding.stored(target, content, *fields)
    await made(coding, target)
    answer = await coding.ask(target, BR)
    assert (answer.body, answer.value(b"vary")) == (content, None)
    assert coder.given == []


async def test_what_saves_too_little_is_tried_once(coding: Rig, coder: Coder) -> None:
    await coding.stored(ADDON, NOISE, (b"content-type", b"text/plain"))
    for _ in range(3):
        await made(coding, ADDON)
    assert (await coding.ask(ADDON, BR)).body == NOISE
    assert coder.given == [NOISE]


async def test_a_long_answer_is_read_from_its_file_once(coding: Rig, coder: Coder) -> None:
    await coding.stored(ADDON, FILE, (b"content-type", b"text/plain"), (b"etag", b'"one"'))
    await made(coding, ADDON)
    coding.blobs.blobs.clear()
    answer = await coding.ask(ADDON, BR)
    assert (plain(answer), answer.value(b"etag")) == (FILE, b'"one-br"')
    assert answer.value(b"accept-ranges") is None
    assert coder.given == [FILE]


async def test_a_file_that_is_gone_has_no_variant(coding: Rig, coder: Coder) -> None:
    await coding.stored(ADDON, FILE, (b"content-type", b"text/plain"))
    await wanted(coding, ADDON)
    coding.blobs.blobs.clear()
    await coding.cache.variants.idle()
    assert coder.given == []


@pytest.mark.parametrize(
    ("target", "content", "held"),
    [(FOLDER, LONG, LONG), (ADDON, FILE, None)],
    ids=["in the index", "a file"],
)
async def test_what_was_given_in_a_coding_is_repeated_as_it_is_or_not_at_all(
    coding: Rig, target: bytes, content: bytes, held: bytes | None
) -> None:
    """Also when the variant has left memory: never the one's bytes under the other's head."""
    media = JSON if target == FOLDER else (b"content-type", b"text/plain")
    await coding.stored(target, content, media)
    await made(coding, target)
    answer = await coding.begin(target, BR)
    given = answer.given
    assert given is not None
    assert (b"content-encoding", b"br") in answer.head.fields
    assert given.content == held

    def again(variants: Variants) -> Answer | None:
        deliverer = Deliverer(coding.cache.store, variants, coding.clock, coding.cache.traffic)
        deliver = Deliver(given.stored, 1.0)
        return deliverer.presented(given.wanted, deliver, given.content, b"hit")

    same = again(coding.cache.variants)
    assert same is not None
    assert plain(await read(same)) == content
    assert same.head == answer.head
    other = again(Variants((), coding.blobs, coding.clock, 1 << 20))
    if held is None:
        assert other is None
    else:
        assert other is not None
        identity = await read(other)
        assert (identity.body, identity.value(b"content-encoding")) == (content, None)


@pytest.mark.parametrize("condition", [(), ((b"if-range", b'"one-br"'),)])
async def test_ranges_are_of_the_identity(coding: Rig, condition: Fields) -> None:
    await coding.stored(ADDON, FILE, (b"content-type", b"text/plain"), (b"etag", b'"one"'))
    await made(coding, ADDON)
    answer = await coding.ask(ADDON, BR, (b"range", b"bytes=5-9"), *condition)
    assert (answer.body, answer.value(b"etag")) == (FILE, b'"one"')
    assert answer.value(b"content-encoding") is None
    assert answer.value(b"accept-ranges") == b"bytes"


async def test_a_question_is_answered_in_a_coding(coding: Rig) -> None:
    question = orjson.dumps({"query": '{ project(name: "film") { name } }', "variables": {}})
    content = orjson.dumps({"data": {"project": {"name": "x" * 5000}}})
    coding.upstream.answers(b"/graphql", ok(content))
    answers = []
    for _ in range(4):
        answers.append(
            await coding.ask(b"/graphql", JSON, BR, method="POST", body=GivenBody(question))
        )
        coding.clock.advance(AGAIN_SECONDS)
        await coding.cache.in_flight.idle()
        await coding.cache.variants.idle()
    assert [plain(answer) for answer in answers] == [content] * 4
    assert answers[-1].value(b"content-encoding") == b"br"
    assert not answers[-1].selectable


async def test_head_is_answered_as_get(coding: Rig) -> None:
    await coding.stored(FOLDER, LONG)
    await made(coding)
    head, get = [await coding.ask(FOLDER, BR, method=it) for it in ("HEAD", "GET")]
    assert (head.fields, head.length) == (get.fields, get.length)


async def test_the_proxys_own_questions_are_answered_uncoded(coding: Rig) -> None:
    await coding.stored(FOLDER, LONG)
    await made(coding)
    own = Request("GET", FOLDER, fields=((b"x-api-key", b"alice"), BR))
    assert await coding.cache.engine.content(own) == LONG


async def test_a_client_that_holds_a_variant_is_known_by_its_tag(coding: Rig) -> None:
    """Though the memory is another one: the tag says which bytes they were."""
    await coding.stored(FOLDER, LONG)
    await made(coding)
    etag = (await coding.ask(FOLDER, BR)).value(b"etag") or b""
    coding.restart()
    answer = await coding.begin(FOLDER, BR, (b"if-none-match", etag))
    assert (b"etag", etag) in answer.head.fields
    assert (b"content-encoding", b"br") in answer.head.fields
    with pytest.raises(UpstreamBroke):
        answer.body.stream()
    other = await coding.ask(FOLDER, BR, (b"if-none-match", b'"other-br"'))
    assert other.body == LONG


async def test_memory_is_bounded_and_what_was_given_last_stays(coder: Coder) -> None:
    room = 10 * (OVERHEAD_BYTES + len(zlib.compress(LONG)))
    async with watched_over(Rig(codings=((b"br", coder),), memory_bytes=room * SHARE)) as rig:
        variants = rig.cache.variants
        for number in range(30):
            target = FOLDER + b"?x=%d" % number
            await rig.stored(target, text(5000 + number))
            await made(rig, target)
            await rig.ask(FOLDER + b"?x=0", BR)
            assert variants.bytes <= room
        assert variants.bytes > room // 2
        kept = []
        for number in range(30):
            answer = await rig.ask(FOLDER + b"?x=%d" % number, BR)
            kept.append(answer.value(b"content-encoding") == b"br")
    assert kept[0]
    assert coder.given.count(text(5000)) == 1
    assert not any(kept[1:15])
    assert all(kept[-5:])


async def test_one_that_is_too_large_for_the_memory_is_tried_once(coder: Coder) -> None:
    content = b'"' + b"".join(b"%x" % (n**5) for n in range(3000)) + b'"'
    room = len(zlib.compress(content))
    async with watched_over(Rig(codings=((b"br", coder),), memory_bytes=room * SHARE)) as rig:
        await rig.stored(FOLDER, content)
        for _ in range(3):
            await made(rig)
        assert (await rig.ask(FOLDER, BR)).body == content
    assert coder.given == [content]


async def test_without_memory_nothing_is_coded(coder: Coder) -> None:
    async with watched_over(Rig(codings=((b"br", coder),), memory_bytes=0)) as rig:
        await rig.stored(FOLDER, LONG)
        await made(rig)
        assert (await rig.ask(FOLDER, BR)).value(b"vary") is None
    assert coder.given == []


async def test_who_asked_once_is_remembered_for_a_while(coding: Rig, coder: Coder) -> None:
    variants = coding.cache.variants
    await coding.stored(FOLDER, LONG)
    stored = await coding.cache.store.lookup(next(iter(coding.index.rows)))
    assert stored is not None
    request = Request("GET", FOLDER, fields=(BR,))
    for number in range(MOST_ASKED + 1):
        other = replace(stored, inline=text(2000 + number), size=2000 + number)
        variants.presented(request, other, stored.head)
    coding.clock.advance(AGAIN_SECONDS)
    first = replace(stored, inline=text(2000), size=2000)
    variants.presented(request, first, stored.head)
    await variants.idle()
    assert coder.given == []


async def test_it_stops_while_one_is_made(coding: Rig, coder: Coder) -> None:
    await coding.stored(FOLDER, LONG)
    coder.go.clear()
    await wanted(coding)
    assert await asyncio.to_thread(coder.begun.wait, DEADLINE)
    await coding.cache.variants.aclose()
    coder.go.set()
    await coding.cache.variants.idle()
    assert coding.cache.variants.bytes == 0
