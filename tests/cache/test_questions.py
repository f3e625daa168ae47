"""GraphQL questions through the cache. Mutations that must each fail: the key without the question;
answers with errors stored; a fetch joined across an invalidation; the body of a fetch left out;
`deciding` not handed on; an unreadable body not forwarded; a coded body taken for plain; what is
remembered bounded in number alone; two large answers looked through at once."""

from __future__ import annotations

import asyncio
import json
from itertools import takewhile

import orjson
import pytest

from ayon_proxy.cache.file_part import READ_BYTES
from ayon_proxy.cache.questions import Questions
from ayon_proxy.errors import UpstreamUnreachable
from ayon_proxy.policy.invalidation.table import Invalidation
from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.message import StoredResponse
from tests.cache.rig import DEADLINE, JSON, Asked, Rig, ok, read, settled
from tests.support.memory_ports import MemoryResponseIndex
from tests.support.memory_storage import MemoryBlobStore, MemoryStagedBlob
from tests.support.request_bodies import GivenBody

GRAPHQL = b"/graphql"
FOLDER = "a" * 32

BY_ID = """query One($p: String!, $ids: [String!]) {
  project(name: $p) { folders(ids: $ids, first: 300) { edges { node { id name } } } } }"""
SAME = """query Other($ids:[String!],$p:String!){project(name:$p){folders(first:300,ids:$ids)
  {edges{node{name id}}}}}"""
LATEST = """query L($p: String!) {
  project(name: $p) { versions(latestOnly: true) { edges { node { id } } } } }"""


def body(text: str = BY_ID, **variables: object) -> GivenBody:
    return GivenBody(orjson.dumps({"query": text, "variables": {"p": "film", **variables}}))


def named(name: str) -> bytes:
    node = {"node": {"id": FOLDER, "name": name}}
    return orjson.dumps({"data": {"project": {"folders": {"edges": [node]}}}})


async def asked(rig: Rig, given: GivenBody, *fields: tuple[bytes, bytes]) -> Asked:
    return await rig.ask(GRAPHQL, *(fields or (JSON,)), method="POST", body=given)


async def kept(rig: Rig, given: GivenBody, answer: bytes) -> None:
    rig.upstream.answers(GRAPHQL, ok(answer))
    await asked(rig, given)
    await rig.cache.in_flight.idle()


async def test_the_same_question_in_other_words_is_answered_from_the_store(rig: Rig) -> None:
    await kept(rig, body(ids=["b" * 32, FOLDER]), named("sh010"))

    again = await asked(rig, body(SAME, ids=[FOLDER, "b" * 32]))

    assert again.body == named("sh010")
    assert again.cache_status.startswith(b"ayon-proxy; hit; ttl=")
    assert len(rig.upstream.sent) == 1


async def test_another_question_is_asked(rig: Rig) -> None:
    await kept(rig, body(ids=[FOLDER]), named("sh010"))

    await kept(rig, body(ids=["b" * 32]), named("sh020"))

    assert len(rig.upstream.sent) == 2


async def test_upstream_is_sent_the_clients_own_bytes(rig: Rig) -> None:
    sent = b' { "variables" : {"p":"film"}, "query": "{ project(name:\\"film\\") { name } }" } '

    await kept(rig, GivenBody(sent[:20], sent[20:]), b'{"data":{}}')

    assert [one.body for one in rig.upstream.sent] == [sent]


async def test_another_caller_is_given_none_of_it(rig: Rig) -> None:
    await kept(rig, body(ids=[FOLDER]), named("sh010"))
    rig.upstream.answers(GRAPHQL, ok(b'{"data":{"project":null}}'))

    other = await rig.ask(GRAPHQL, JSON, method="POST", body=body(ids=[FOLDER]), caller=b"bob")

    assert other.body == b'{"data":{"project":null}}'


@pytest.mark.parametrize("tag", [f"entity:{FOLDER}", "cascade:film:folder", "project:film"])
async def test_what_it_shows_makes_it_old(rig: Rig, tag: str) -> None:
    await kept(rig, body(ids=[FOLDER]), named("before"))
    await rig.cache.invalidator.drop([tag])
    rig.upstream.answers(GRAPHQL, ok(named("after")))

    again = await asked(rig, body(ids=[FOLDER]))

    assert (again.body, again.cache_status) == (named("after"), b"ayon-proxy; fwd=stale; stored")


@pytest.mark.parametrize("tag", ["entity:" + "c" * 32, "cascade:other:folder", "studio"])
async def test_what_it_does_not_show_leaves_it(rig: Rig, tag: str) -> None:
    await kept(rig, body(ids=[FOLDER]), named("sh010"))

    await rig.cache.invalidator.drop([tag])

    assert (await asked(rig, body(ids=[FOLDER]))).cache_status.startswith(b"ayon-proxy; hit")


async def test_an_answer_with_errors_is_not_stored(rig: Rig) -> None:
    answer = orjson.dumps({"data": None, "errors": [{"message": "Project not found"}]})
    await kept(rig, body(ids=[FOLDER]), answer)
    rig.upstream.answers(GRAPHQL, ok(named("sh010")))

    assert (await asked(rig, body(ids=[FOLDER]))).body == named("sh010")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\xff\xfe",
        b"[" * 10_000,
        b"{" * 1_000_000,
        b'{"query": "mutation { deleteAll }"}',
        b'{"query": "query { a { b"}',
        orjson.dumps({"query": "{" + "a{" * 10_000 + "}" * 10_001}),
        orjson.dumps({"query": "{ project(name: 1) }", "variables": [1]}),
    ],
    ids=lambda sent: f"{sent[:20]!r}",
)
async def test_what_cannot_be_read_is_upstreams_to_judge(rig: Rig, sent: bytes) -> None:
    rig.upstream.answers(GRAPHQL, ok(b'{"code":400}'))

    first, second = [await asked(rig, GivenBody(sent) if sent else GivenBody()) for _ in "12"]

    assert first.body == second.body == b'{"code":400}'
    assert first.cache_status == b"ayon-proxy; fwd=bypass"
    assert [one.body for one in rig.upstream.sent] == [sent, sent]


@pytest.mark.parametrize(
    "fields",
    [
        ((b"content-type", b"multipart/form-data"),),
        (JSON, (b"content-encoding", b"gzip")),
        ((b"x-nothing", b""),),
    ],
)
async def test_a_body_that_is_not_plain_json_is_not_read(
    rig: Rig, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    await kept(rig, body(ids=[FOLDER]), named("sh010"))

    answer = await asked(rig, body(ids=[FOLDER]), *fields)

    assert answer.cache_status == b"ayon-proxy; fwd=bypass"


async def test_a_deciding_question_is_asked_while_upstream_is_there(rig: Rig) -> None:
    await kept(rig, body(LATEST), b'{"data":1}')
    rig.upstream.answers(GRAPHQL, ok(b'{"data":2}'), UpstreamUnreachable("away"))

    online = await asked(rig, body(LATEST))
    await rig.cache.in_flight.idle()
    offline = await asked(rig, body(LATEST))

    assert (online.body, online.cache_status) == (
        b'{"data":2}',
        b"ayon-proxy; fwd=request; stored",
    )
    assert (offline.body, offline.cache_status) == (
        b'{"data":2}',
        b"ayon-proxy; hit; detail=offline",
    )


class SlowIndex(MemoryResponseIndex):
    """What is stored waits for a barrier."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = asyncio.Event()

    async def store(self, response: StoredResponse) -> None:
        await self.hold.wait()
        await super().store(response)


async def test_a_deciding_question_is_not_answered_by_a_fetch_that_is_over() -> None:
    index = SlowIndex()
    rig = Rig(index=index)
    rig.upstream.answers(GRAPHQL, ok(b'{"data":1}'), ok(b'{"data":2}'))
    first = await asked(rig, body(LATEST))

    second = await asked(rig, body(LATEST))
    index.hold.set()

    assert (first.body, second.body) == (b'{"data":1}', b'{"data":2}')


async def test_one_fetch_for_all_who_ask_at_once(rig: Rig) -> None:
    arrives = asyncio.Event()
    rig.upstream.answers(GRAPHQL, ok(named("sh010"), head_after=arrives))

    askers = [
        asyncio.create_task(asked(rig, body(text, ids=[FOLDER]))) for text in (BY_ID, SAME, BY_ID)
    ]
    await settled()
    arrives.set()
    async with asyncio.timeout(DEADLINE):
        answers = await asyncio.gather(*askers)

    assert {one.body for one in answers} == {named("sh010")}
    assert len(rig.upstream.sent) == 1


async def test_a_fetch_is_not_joined_by_who_asks_after_any_change(rig: Rig) -> None:
    arrives = asyncio.Event()
    rig.upstream.answers(GRAPHQL, ok(named("old"), head_after=arrives), ok(named("new")))
    first = asyncio.create_task(asked(rig, body(ids=[FOLDER])))
    await settled()

    await rig.cache.invalidator.invalidate(Invalidation(frozenset({"entity:" + "d" * 32})))
    second = await asked(rig, body(ids=[FOLDER]))
    arrives.set()

    assert (second.body, (await first).body) == (named("new"), named("old"))


async def test_an_answer_as_large_as_a_file_is_tagged_by_what_it_shows(rig: Rig) -> None:
    nodes = [{"node": {"id": f"{at:032x}", "name": "x" * 200}} for at in range(2_000)]
    answer = orjson.dumps({"data": {"project": {"folders": {"edges": nodes}}}})
    await kept(rig, body(), answer)
    assert (await asked(rig, body())).cache_status.startswith(b"ayon-proxy; hit")

    await rig.cache.invalidator.drop([f"entity:{1_999:032x}"])

    assert (await asked(rig, body())).cache_status == b"ayon-proxy; fwd=stale; stored"


async def test_it_lives_as_long_as_its_class(rig: Rig) -> None:
    await kept(rig, body(ids=[FOLDER]), named("sh010"))

    rig.clock.advance(ENTITY.unwatched - 1)
    assert (await asked(rig, body(ids=[FOLDER]))).cache_status.startswith(b"ayon-proxy; hit")
    rig.clock.advance(2)
    assert (await asked(rig, body(ids=[FOLDER]))).cache_status == b"ayon-proxy; fwd=stale; stored"


async def test_a_partial_read_of_the_answer_is_not_offered(rig: Rig) -> None:
    await kept(rig, body(ids=[FOLDER]), named("sh010"))

    answer = await rig.begin(
        GRAPHQL, JSON, (b"range", b"bytes=0-1"), method="POST", body=body(ids=[FOLDER])
    )

    assert not answer.selectable
    assert json.loads((await read(answer)).body)["data"]


def test_what_is_remembered_of_bodies_is_bounded_in_bytes() -> None:
    questions = Questions(most_bytes=20_000)
    bodies = [
        orjson.dumps(
            {
                "query": BY_ID,
                "variables": {
                    "p": "film",
                    "ids": [f"{number:04x}{each:028x}" for each in range(300)],
                },
            }
        )
        for number in range(20)
    ]
    seen = [questions.understood(each) for each in bodies]
    remembered = list(
        takewhile(
            lambda it: it is not None and questions.understood(bodies[seen.index(it)]) is it,
            reversed(seen),
        )
    )
    assert 1 < len(remembered) < len(bodies)
    assert sum(len(it.tags) for it in remembered if it is not None) < 20_000


class Slow(MemoryBlobStore):
    """Whole bodies are given when they may be; `waiting` tells how many are waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.may_read = asyncio.Event()
        self.waiting = 0

    async def stage(self) -> SlowStaged:
        return SlowStaged(self)


class SlowStaged(MemoryStagedBlob):
    def __init__(self, store: Slow) -> None:
        super().__init__(store)
        self._slow = store
        store.staged.append(self)

    async def read(self, start: int, size: int) -> bytes:
        if size > READ_BYTES:
            self._slow.waiting += 1
            await self._slow.may_read.wait()
            self._slow.waiting -= 1
        return await super().read(start, size)


async def test_large_answers_are_looked_through_one_at_a_time() -> None:
    blobs = Slow()
    rig = Rig(blobs=blobs)
    rig.upstream.answers(GRAPHQL, ok(named("x" * READ_BYTES)))
    for number in range(3):
        await asked(rig, body(ids=[f"{number:032x}"]))
    await settled()
    assert blobs.waiting == 1

    blobs.may_read.set()
    await rig.cache.in_flight.idle()
    assert len(rig.bodies) == 3
