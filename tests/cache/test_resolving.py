"""`POST /api/resolve`: one answer for each URI, from the store where it is known."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest

from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.message import Fields
from tests.cache.rig import Asked, Rig, ok, settled
from tests.support.memory_upstream import Answer, Step
from tests.support.request_bodies import GivenBody

RESOLVE = b"/api/resolve"
A, B, C = (f"ayon+entity://demo/shots/{name}?product=x" for name in "abc")
OTHER = "ayon+entity://other/shots/a?product=x"


def said(*uris: str, version: int = 1) -> bytes:
    entries = [
        {"uri": uri, "error": "no such thing"}
        if "missing" in uri
        else {"uri": uri, "entities": [{"versionId": f"v{version}"}]}
        for uri in uris
    ]
    return json.dumps(entries).encode()


def answer(*uris: str, version: int = 1, head_after: asyncio.Event | None = None) -> Answer:
    return ok(said(*uris, version=version), head_after=head_after)


async def resolve(
    rig: Rig, *uris: str, fields: Fields = (), caller: bytes = b"alice", **context: object
) -> Asked:
    body = json.dumps({"uris": uris, **context}).encode()
    length = (b"content-length", b"%d" % len(body))
    return await rig.ask(
        RESOLVE, length, *fields, method="POST", caller=caller, body=GivenBody(body)
    )


def uris_of(asked: Asked) -> list[str]:
    return [entry["uri"] for entry in json.loads(asked.body)]


def versions_of(asked: Asked) -> list[str]:
    return [entry["entities"][0]["versionId"] for entry in json.loads(asked.body)]


def questions(rig: Rig) -> list[list[str]]:
    return [json.loads(it.body)["uris"] for it in rig.upstream.sent if it.request.path == RESOLVE]


async def test_known_ones_come_from_the_store_and_the_rest_in_one_question(rig: Rig) -> None:
    rig.upstream.answers(RESOLVE, answer(A, B), answer(C))
    first = await resolve(rig, A, B)
    assert first.cache_status == b"ayon-proxy; fwd=uri-miss; stored"
    merged = await resolve(rig, C, A, B, A)
    assert uris_of(merged) == [C, A, B, A]
    known = await resolve(rig, B, A)
    assert (uris_of(known), known.cache_status) == ([B, A], b"ayon-proxy; hit; ttl=10")
    assert questions(rig) == [[A, B], [C]]
    assert (rig.cache.traffic.misses, rig.cache.traffic.hits) == (2, 1)


async def test_what_upstream_sends_in_another_order_is_put_in_order(rig: Rig) -> None:
    rig.upstream.answers(RESOLVE, answer(C, A, B))
    assert uris_of(await resolve(rig, A, B, C)) == [A, B, C]


async def test_one_asked_twice_in_a_batch_is_asked_once(rig: Rig) -> None:
    rig.upstream.answers(RESOLVE, answer(A, B))
    assert uris_of(await resolve(rig, A, B, A, A)) == [A, B, A, A]
    assert questions(rig) == [[A, B]]


async def test_the_question_to_upstream_is_the_callers_but_for_the_uris(rig: Rig) -> None:
    rig.upstream.answers(RESOLVE, answer(A), answer(B))
    await resolve(rig, A, resolveRoots=True)
    await resolve(rig, A, B, resolveRoots=True, fields=((b"x-ayon-site-id", b""),))
    sent = rig.upstream.sent[0]
    assert json.loads(sent.body) == {"resolveRoots": True, "uris": [A]}
    assert dict(sent.request.fields)[b"content-length"] == b"%d" % len(sent.body)


@pytest.mark.parametrize("how", ["caller", "roots", "site"])
async def test_what_the_answer_depends_on_is_not_mixed_up(rig: Rig, how: str) -> None:
    rig.upstream.answers(RESOLVE, answer(A), answer(A, version=2))
    await resolve(rig, A, resolveRoots=False)
    other = await resolve(
        rig,
        A,
        resolveRoots=how == "roots",
        caller=b"bob" if how == "caller" else b"alice",
        fields=((b"x-ayon-site-id", b"site"),) if how == "site" else (),
    )
    assert versions_of(other) == ["v2"]


async def test_it_is_asked_again_when_its_lifetime_is_over(rig: Rig) -> None:
    rig.upstream.answers(RESOLVE, answer(A), answer(A, version=2))
    await resolve(rig, A)
    rig.clock.advance(4)
    known = await resolve(rig, A)
    assert (known.value(b"age"), known.cache_status) == (b"4", b"ayon-proxy; hit; ttl=6")
    rig.clock.advance(6)
    fresh = await resolve(rig, A)
    assert (versions_of(fresh), fresh.cache_status) == (["v2"], b"ayon-proxy; fwd=stale; stored")


async def test_a_write_to_its_project_and_no_other_makes_it_stale(rig: Rig) -> None:
    rig.upstream.answers(RESOLVE, answer(A, OTHER), answer(A, version=2))
    await resolve(rig, A, OTHER)
    rig.upstream.answers(b"/api/projects/demo/operations", Answer(200))
    await rig.ask(b"/api/projects/demo/operations", method="POST", body=GivenBody(b"{}"))
    assert versions_of(await resolve(rig, A, OTHER)) == ["v2", "v1"]
    assert questions(rig)[1] == [A]


async def test_errors_are_not_stored(rig: Rig) -> None:
    missing = "ayon+entity://demo/missing"
    rig.upstream.answers(RESOLVE, answer(A, missing), answer(missing))
    for _ in range(2):
        assert uris_of(await resolve(rig, A, missing)) == [A, missing]
    assert questions(rig) == [[A, missing], [missing]]


async def test_an_error_takes_away_what_was_stored(rig: Rig) -> None:
    gone = ok(json.dumps([{"uri": A, "error": "gone"}]).encode())
    rig.upstream.answers(RESOLVE, answer(A), gone, UpstreamUnreachable("refused"))
    await resolve(rig, A)
    rig.clock.advance(11)
    await resolve(rig, A)
    assert (await resolve(rig, A)).status == 504


class TestAtOnce:
    async def test_batches_that_overlap_ask_each_uri_once(self, rig: Rig) -> None:
        heads = [asyncio.Event(), asyncio.Event()]
        rig.upstream.answers(
            RESOLVE, answer(A, B, head_after=heads[0]), answer(C, head_after=heads[1])
        )
        first = asyncio.create_task(resolve(rig, A, B))
        await rig.upstream.arrived(1)
        second = asyncio.create_task(resolve(rig, B, C, A))
        third = asyncio.create_task(resolve(rig, A))
        await rig.upstream.arrived(2)
        await settled()
        heads[1].set()
        await settled()
        assert not second.done()
        heads[0].set()
        assert uris_of(await first) == [A, B]
        assert uris_of(await second) == [B, C, A]
        assert uris_of(await third) == [A]
        assert questions(rig) == [[A, B], [C]]

    async def test_not_across_a_write(self, rig: Rig) -> None:
        head = asyncio.Event()
        rig.upstream.answers(RESOLVE, answer(A, head_after=head), answer(A, version=2))
        before = asyncio.create_task(resolve(rig, A))
        await rig.upstream.arrived(1)
        rig.upstream.answers(b"/api/projects/demo/operations", Answer(200))
        await rig.ask(b"/api/projects/demo/operations", method="POST", body=GivenBody(b"{}"))
        assert versions_of(await resolve(rig, A)) == ["v2"]
        head.set()
        assert versions_of(await before) == ["v1"]
        assert versions_of(await resolve(rig, A)) == ["v2"]

    async def test_not_across_credentials(self, rig: Rig) -> None:
        head = asyncio.Event()
        rig.upstream.answers(RESOLVE, answer(A, head_after=head), answer(A, version=2))
        alice = asyncio.create_task(resolve(rig, A))
        await rig.upstream.arrived(1)
        assert versions_of(await resolve(rig, A, caller=b"bob")) == ["v2"]
        head.set()
        assert versions_of(await alice) == ["v1"]

    @pytest.mark.parametrize("how", ["it leaves", "it is refused", "it fails"])
    async def test_when_the_first_one_gets_nothing_the_others_ask(self, rig: Rig, how: str) -> None:
        head = asyncio.Event()
        first_answer: Answer = Answer(422, (), (b"{}",), head)
        if how == "it fails":
            first_answer = ok(b"[", UpstreamBroke("cut"), head_after=head)
        rig.upstream.answers(RESOLVE, first_answer, answer(A))
        first = asyncio.create_task(resolve(rig, A, B))
        await rig.upstream.arrived(1)
        second = asyncio.create_task(resolve(rig, A))
        await settled()
        if how == "it leaves":
            first.cancel()
        head.set()
        assert uris_of(await second) == [A]
        await asyncio.gather(first, return_exceptions=True)


class TestWithoutUpstream:
    @pytest.mark.parametrize(
        "trouble",
        [UpstreamUnreachable("refused"), UpstreamBroke("reset"), Answer(503), Answer(429)],
        ids=["unreachable", "broken", "503", "429"],
    )
    async def test_all_that_is_known_stands_in(
        self, rig: Rig, trouble: Answer | ProxyError
    ) -> None:
        rig.upstream.answers(RESOLVE, answer(A), answer(B), trouble)
        await resolve(rig, A)
        rig.clock.advance(11)
        await resolve(rig, B)
        offline = await resolve(rig, A, B)
        assert (uris_of(offline), offline.status) == ([A, B], 200)
        assert offline.cache_status == b"ayon-proxy; hit; detail=offline"
        assert offline.value(b"age") == b"11"
        assert rig.cache.traffic.stale == 1
        assert rig.cache.traffic.refused == 0

    @pytest.mark.parametrize("known_away", [False, True], ids=["found out now", "known"])
    async def test_one_that_is_not_known_makes_it_504(self, rig: Rig, known_away: bool) -> None:
        rig.upstream.answers(RESOLVE, answer(A), UpstreamUnreachable("refused"))
        await resolve(rig, A)
        rig.clock.advance(11)
        for _ in range(1 + known_away):
            refused = await resolve(rig, A, B)
        assert (refused.status, refused.cache_status) == (504, b"ayon-proxy; detail=offline")
        assert len(questions(rig)) == 2

    async def test_with_nothing_stored_a_gateways_status_becomes_504(self, rig: Rig) -> None:
        rig.upstream.answers(RESOLVE, Answer(503, (), (b"busy",)))
        refused = await resolve(rig, A)
        assert (refused.status, refused.cache_status) == (504, b"ayon-proxy; detail=gateway")


@pytest.mark.parametrize("status", [400, 401, 403, 422, 500])
async def test_other_statuses_are_relayed_as_they_are(rig: Rig, status: int) -> None:
    rig.upstream.answers(RESOLVE, Answer(status, ((b"x", b"y"),), (b'{"code"', b":1}")))
    relayed = await resolve(rig, A)
    assert (relayed.status, relayed.body) == (status, b'{"code":1}')
    assert (relayed.value(b"x"), relayed.cache_status) == (b"y", b"ayon-proxy; fwd=uri-miss")


@pytest.mark.parametrize(("status", "after"), [(401, 504), (403, 504), (422, 200), (500, 200)])
async def test_a_refusal_takes_away_what_was_stored(rig: Rig, status: int, after: int) -> None:
    rig.upstream.answers(RESOLVE, answer(A), Answer(status), UpstreamUnreachable("refused"))
    await resolve(rig, A)
    rig.clock.advance(11)
    assert (await resolve(rig, A)).status == status
    assert (await resolve(rig, A)).status == after


@pytest.mark.parametrize(
    "steps",
    [
        (b"[]",),
        (said(A),),
        (said(A, B, C),),
        (b"{}",),
        (b"null",),
        (b"no json",),
        (b'[{"x":1}]',),
        (b"[1]",),
        (b'[{"uri":[1]}]',),
    ],
    ids=[
        "none",
        "too few",
        "too many",
        "object",
        "null",
        "no json",
        "no uri",
        "numbers",
        "odd uri",
    ],
)
async def test_an_answer_that_is_not_one_for_each_is_asked_for_whole_and_relayed(
    rig: Rig, steps: Sequence[Step]
) -> None:
    rig.upstream.answers(RESOLVE, answer(C), ok(*steps), ok(b"whatever it is"))
    await resolve(rig, C)
    relayed = await resolve(rig, A, C, B)
    assert (relayed.body, relayed.cache_status) == (b"whatever it is", b"ayon-proxy; fwd=bypass")
    assert questions(rig) == [[C], [A, B], [A, C, B]]


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        b"[]",
        b"{}",
        b'{"uris":[]}',
        b'{"uris":"x"}',
        b'{"uris":[1]}',
        b'{"uris":["\\ud800"]}',
        b'{"uris":["' + b"x" * (1 << 20) + b'"]}',
    ],
    ids=[
        "no json",
        "list",
        "no uris",
        "empty",
        "text",
        "numbers",
        "half a surrogate pair",
        "too long",
    ],
)
async def test_a_body_that_can_not_be_split_is_relayed_whole(rig: Rig, body: bytes) -> None:
    rig.upstream.answers(RESOLVE, Answer(400, (), (b"what upstream says",)))
    chunks = [body[at : at + 60_000] for at in range(0, len(body), 60_000)]
    relayed = await rig.ask(RESOLVE, method="POST", body=GivenBody(*chunks))
    assert (relayed.status, relayed.body) == (400, b"what upstream says")
    assert relayed.cache_status == b"ayon-proxy; fwd=bypass"
    assert rig.upstream.sent[0].body == body


async def test_a_request_with_no_store_stores_nothing(rig: Rig) -> None:
    rig.upstream.answers(RESOLVE, answer(A))
    asked = await resolve(rig, A, fields=((b"cache-control", b"no-store"),))
    assert asked.cache_status == b"ayon-proxy; fwd=uri-miss"
    assert rig.bodies == []


async def test_only_if_cached_does_not_ask_upstream(rig: Rig) -> None:
    asked = await resolve(rig, A, fields=((b"cache-control", b"only-if-cached"),))
    assert asked.status == 504
    assert b"stored answers only" in asked.body
    assert rig.upstream.sent == []


class TestASlowUpstream:
    async def test_is_waited_for_two_seconds_where_all_of_it_is_stored(self, patient: Rig) -> None:
        patient.upstream.answers(RESOLVE, answer(A, B))
        await resolve(patient, A, B)
        patient.clock.advance(11)
        head = asyncio.Event()
        patient.upstream.answers(RESOLVE, answer(A, B, version=2, head_after=head))
        asking = asyncio.create_task(resolve(patient, A, B))
        await patient.passes(1.9)
        assert not asking.done()
        await patient.passes(0.2)
        stood_in = await asking
        assert versions_of(stood_in) == ["v1", "v1"]
        assert stood_in.cache_status == b"ayon-proxy; hit; detail=offline"
        head.set()
        await settled()
        assert versions_of(await resolve(patient, B, A)) == ["v2", "v2"]
        assert len(questions(patient)) == 2

    async def test_is_waited_for_where_one_is_not(self, patient: Rig) -> None:
        patient.upstream.answers(RESOLVE, answer(A))
        await resolve(patient, A)
        patient.clock.advance(11)
        head = asyncio.Event()
        patient.upstream.answers(RESOLVE, answer(A, B, version=2, head_after=head))
        asking = asyncio.create_task(resolve(patient, A, B))
        await patient.passes(3)
        head.set()
        assert versions_of(await asking) == ["v2", "v2"]
