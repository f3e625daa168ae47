"""What a read is given: from upstream once, then from the store while it is fresh."""

from __future__ import annotations

import pytest

from ayon_proxy.errors import UpstreamUnreachable
from tests.cache.rig import ADDON, FOLDER, Rig, file, ok
from tests.support.memory_upstream import Answer
from tests.support.request_bodies import GivenBody


async def test_the_second_read_comes_from_the_store(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, ok(b'{"a"', b":1}"))
    first = await rig.ask(FOLDER)
    await rig.cache.in_flight.idle()
    second = await rig.ask(FOLDER)
    assert (first.body, second.body) == (b'{"a":1}', b'{"a":1}')
    assert first.cache_status == b"ayon-proxy; fwd=uri-miss; stored"
    assert second.cache_status == b"ayon-proxy; hit; ttl=10"
    assert second.value(b"content-type") == b"application/json"
    assert second.length == len(b'{"a":1}')
    assert rig.asked(FOLDER) == 1


async def test_a_stored_answer_tells_its_age_and_what_is_left(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(3.5)
    answer = await rig.ask(FOLDER)
    assert (answer.value(b"age"), answer.cache_status) == (b"3", b"ayon-proxy; hit; ttl=6")


async def test_a_stored_answer_has_a_strong_etag_of_its_bytes(rig: Rig) -> None:
    etags = []
    for target, body in (
        (FOLDER, b'"same"'),
        (FOLDER + b"?x=1", b'"same"'),
        (FOLDER + b"?x=2", b'"other"'),
    ):
        await rig.stored(target, body)
        etags.append((await rig.ask(target)).value(b"etag"))
    assert etags[0] is not None
    assert etags[0].startswith(b'"')
    assert etags[0] == etags[1] != etags[2]


async def test_upstreams_etag_is_kept(rig: Rig) -> None:
    await rig.stored(FOLDER, b"x", (b"etag", b'W/"theirs"'))
    answer = await rig.ask(FOLDER)
    assert [value for name, value in answer.fields if name == b"etag"] == [b'W/"theirs"']


@pytest.mark.parametrize(
    ("seconds", "reads"),
    [(9.9, 1), (10.0, 2), (11.0, 2), (-0.9, 1), (-3600.0, 2)],
    ids=["fresh", "at its end", "over", "a clock slewed back", "a clock set back"],
)
async def test_it_is_fresh_for_its_lifetime_and_no_longer(
    rig: Rig, seconds: float, reads: int
) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(seconds)
    rig.upstream.answers(FOLDER, ok(b'"second"'))
    answer = await rig.ask(FOLDER)
    assert rig.asked(FOLDER) == reads
    assert answer.body == (b'"first"' if reads == 1 else b'"second"')
    assert answer.cache_status.startswith(
        b"ayon-proxy; hit" if reads == 1 else b"ayon-proxy; fwd=stale; stored"
    )


async def test_after_the_clock_was_set_back_the_new_answer_is_fresh(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(-86400)
    await rig.stored(FOLDER, b'"second"')
    answer = await rig.ask(FOLDER)
    assert (answer.body, answer.value(b"age")) == (b'"second"', b"0")


@pytest.mark.parametrize(
    ("directive", "status", "cache_status"),
    [
        (b"no-cache", 200, b"ayon-proxy; fwd=request; stored"),
        (b"max-age=0", 200, b"ayon-proxy; fwd=request; stored"),
        (b"max-age=4", 200, b"ayon-proxy; fwd=request; stored"),
        (b"max-age=5", 200, b"ayon-proxy; hit; ttl=5"),
        (b"max-age=\xb2", 200, b"ayon-proxy; hit; ttl=5"),
        (b"max-age=" + b"9" * 5000, 200, b"ayon-proxy; hit; ttl=5"),
        (b"no-store", 200, b"ayon-proxy; hit; ttl=5"),
        (b"only-if-cached", 200, b"ayon-proxy; hit; ttl=5"),
        (b"only-if-cached, no-cache", 504, b"ayon-proxy; detail=only-if-cached"),
    ],
)
async def test_the_requests_own_directives_hold(
    rig: Rig, directive: bytes, status: int, cache_status: bytes
) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(5)
    answer = await rig.ask(FOLDER, (b"cache-control", directive))
    assert (answer.status, answer.cache_status) == (status, cache_status)


async def test_only_if_cached_does_not_ask_upstream(rig: Rig) -> None:
    answer = await rig.ask(FOLDER, (b"cache-control", b"only-if-cached"))
    assert answer.status == 504
    assert rig.upstream.sent == []


async def test_a_request_with_no_store_stores_nothing(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, ok(b"secret"))
    answer = await rig.ask(FOLDER, (b"cache-control", b"no-store"))
    assert (answer.body, answer.cache_status) == (b"secret", b"ayon-proxy; fwd=uri-miss")
    await rig.cache.in_flight.idle()
    assert rig.bodies == []


async def test_pragma_is_no_cache(rig: Rig) -> None:
    await rig.stored(FOLDER)
    answer = await rig.ask(FOLDER, (b"pragma", b"no-cache"))
    assert answer.cache_status == b"ayon-proxy; fwd=request; stored"


async def test_head_is_answered_from_what_get_stored(rig: Rig) -> None:
    await rig.stored(FOLDER)
    answer = await rig.ask(FOLDER, method="HEAD")
    assert answer.cache_status == b"ayon-proxy; hit; ttl=10"
    assert answer.length == len(b'"first"')


async def test_head_of_what_is_not_stored_is_forwarded_and_not_stored(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, Answer(404))
    answer = await rig.ask(FOLDER, method="HEAD")
    assert (answer.status, answer.cache_status) == (404, b"ayon-proxy; fwd=uri-miss")
    assert rig.upstream.sent[0].request.method == "HEAD"
    assert rig.bodies == []


@pytest.mark.parametrize(
    "answer", [Answer(304), file(b'"first"')], ids=["confirmed", "fetched anew"]
)
async def test_head_of_what_is_stale_asks_as_a_get_does(rig: Rig, answer: Answer) -> None:
    """Upstream answers 404 to a HEAD of a file that it has (upstream/observed.md, Headers)."""
    await rig.stored(ADDON)
    rig.clock.advance(61)
    rig.upstream.answers(ADDON, answer)
    head = await rig.ask(ADDON, method="HEAD")
    await rig.cache.in_flight.idle()
    assert head.status == 200
    assert rig.upstream.sent[-1].request.method == "GET"
    assert rig.bodies == [b'"first"']


async def test_a_read_with_a_body_is_passed_on_as_it_is(rig: Rig) -> None:
    await rig.stored(FOLDER)
    answer = await rig.ask(FOLDER, body=GivenBody(b"a body"))
    assert answer.cache_status == b"ayon-proxy; fwd=bypass"
    assert rig.upstream.sent[-1].body == b"a body"


async def test_what_the_table_does_not_store_is_passed_on(rig: Rig) -> None:
    for _ in range(2):
        rig.upstream.answers(b"/api/secrets", ok(b"{}"))
        answer = await rig.ask(b"/api/secrets")
        assert answer.cache_status == b"ayon-proxy; fwd=bypass"
    assert rig.asked(b"/api/secrets") == 2
    assert rig.bodies == []


async def test_upstream_is_asked_for_the_whole_whatever_the_client_holds(rig: Rig) -> None:
    content = bytes(100)
    rig.upstream.answers(ADDON, file(content))
    answer = await rig.ask(
        ADDON, (b"range", b"bytes=5-"), (b"if-none-match", b'"x"'), (b"accept-encoding", b"br")
    )
    assert answer.selectable
    assert answer.length == 100
    sent = dict(rig.upstream.sent[0].request.fields)
    assert sent == {b"x-api-key": b"alice", b"accept-encoding": b"identity"}


@pytest.mark.parametrize(("target", "decode"), [(FOLDER, True), (ADDON, False)])
async def test_only_what_is_no_file_may_cross_the_line_encoded(
    rig: Rig, target: bytes, decode: bool
) -> None:
    await rig.stored(target)
    assert rig.upstream.sent[0].decode is decode


async def test_an_answer_larger_than_a_row_lies_in_a_file(rig: Rig) -> None:
    content = bytes(range(256)) * 1001
    rig.upstream.answers(
        ADDON,
        file(content, b'"one"', *(content[at : at + 9973] for at in range(0, len(content), 9973))),
    )
    assert (await rig.ask(ADDON)).body == content
    await rig.cache.in_flight.idle()
    hit = await rig.ask(ADDON)
    assert (hit.body, hit.cache_status) == (content, b"ayon-proxy; hit; ttl=60")
    part = await rig.begin(ADDON)
    assert (
        b"".join([chunk async for chunk in part.body.stream(70_001, 200_003)])
        == content[70_001:200_003]
    )
    await part.body.aclose()
    assert len(rig.blobs.blobs) == 1


async def test_a_stored_answer_whose_file_is_gone_is_asked_for_again(rig: Rig) -> None:
    await rig.stored(ADDON, bytes(70_000))
    rig.blobs.blobs.clear()
    answer = await rig.ask(ADDON)
    assert answer.cache_status == b"ayon-proxy; fwd=uri-miss; stored"
    await rig.cache.in_flight.idle()
    assert (await rig.ask(ADDON)).cache_status == b"ayon-proxy; hit; ttl=60"


async def test_a_stored_answer_whose_file_is_short_is_asked_for_again(rig: Rig) -> None:
    await rig.stored(ADDON, bytes(70_000))
    for digest in rig.blobs.blobs:
        rig.blobs.blobs[digest] = b"short"
    answer = await rig.ask(ADDON)
    assert (answer.body, answer.cache_status) == (
        bytes(70_000),
        b"ayon-proxy; fwd=uri-miss; stored",
    )


@pytest.mark.parametrize("target", [FOLDER, ADDON], ids=["row", "file"])
async def test_without_upstream_and_store_the_answer_is_504(rig: Rig, target: bytes) -> None:
    rig.upstream.answers(target, UpstreamUnreachable("Connection refused."))
    answer = await rig.ask(target)
    assert (answer.status, answer.cache_status) == (504, b"ayon-proxy; detail=offline")
    assert answer.value(b"content-type") == b"application/json"
    assert b'"code":504' in answer.body


async def test_each_outcome_is_counted_once(rig: Rig) -> None:
    traffic = rig.cache.traffic
    await rig.stored(FOLDER)
    await rig.ask(FOLDER)
    rig.clock.advance(11)
    rig.upstream.answers(FOLDER, UpstreamUnreachable("Connection refused."))
    await rig.ask(FOLDER)
    await rig.ask(FOLDER + b"?never=stored")
    counted = (traffic.requests, traffic.misses, traffic.hits, traffic.stale, traffic.refused)
    assert counted == (4, 1, 1, 1, 1)


async def test_a_file_asked_for_alone_is_followed_inside_too(rig: Rig) -> None:
    """Else a client would take its credential to wherever the redirect leads."""
    path = b"/api/projects/film/files/" + b"0" * 32
    rig.upstream.answers(path, file(b"first"))
    await rig.ask(path, (b"cache-control", b"no-store"))
    assert rig.upstream.sent[-1].follow_redirects
