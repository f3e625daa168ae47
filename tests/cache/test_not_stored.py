"""What is relayed and never stored, and what takes a stored answer away."""

from __future__ import annotations

import asyncio
import hashlib
import json

import pytest

from ayon_proxy.cache.keeping import PARSED_BYTES
from ayon_proxy.errors import UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.message import Fields
from tests.cache.rig import (
    ADDON,
    FIRST,
    FOLDER,
    JSON,
    ME,
    PACKAGE,
    PACKAGES,
    Rig,
    file,
    ok,
    read,
    text,
)
from tests.support.memory_upstream import Answer

THUMBNAIL = FOLDER + b"/thumbnail"
PNG = (b"content-type", b"image/png")
HTML = (b"content-type", b"text/html; charset=utf-8")
PAGE = b"<html>Sign in to the hotel's network</html>"


@pytest.mark.parametrize(
    "status", [201, 203, 204, 206, 301, 302, 304, 400, 401, 403, 404, 416, 500, 501]
)
@pytest.mark.parametrize("target", [FOLDER, ADDON], ids=["row", "file"])
async def test_only_200_is_stored(rig: Rig, status: int, target: bytes) -> None:
    rig.upstream.answers(target, Answer(status, (JSON,), (b"so",)))
    for _ in range(2):
        answer = await rig.ask(target)
        assert (answer.status, answer.body) == (status, b"so")
        assert answer.cache_status == b"ayon-proxy; fwd=uri-miss"
    assert rig.asked(target) == 2
    assert rig.bodies == []


@pytest.mark.parametrize(
    ("target", "fields"),
    [
        (FOLDER, (JSON, (b"set-cookie", b"a=1"))),
        (FOLDER, (JSON, (b"cache-control", b"private, No-Store"))),
        (FOLDER, (JSON, (b"content-encoding", b"br"))),
        (ADDON, ((b"content-encoding", b"gzip"), (b"content-length", b"2"))),
        (FOLDER, (JSON, (b"content-length", b"two"))),
        (FOLDER, (JSON, (b"content-length", b"9" * 5000))),
        (FOLDER, (JSON, (b"content-length", b"%d" % (1 << 31)))),
        (THUMBNAIL, (PNG,)),
        (FOLDER, ()),
        (FOLDER, (HTML,)),
        (THUMBNAIL, (HTML, (b"x-thumbnail-id", b"1"))),
    ],
    ids=[
        "cookie",
        "no-store",
        "coding",
        "file with coding",
        "no number",
        "huge number",
        "too large",
        "placeholder",
        "of no type",
        "page for JSON",
        "page for a picture",
    ],
)
async def test_what_its_head_speaks_against_is_not_stored(
    rig: Rig, target: bytes, fields: Fields
) -> None:
    rig.upstream.answers(target, Answer(200, fields, (b"so",)))
    for _ in range(2):
        answer = await rig.ask(target)
        assert (answer.status, answer.body) == (200, b"so")
        assert answer.cache_status == b"ayon-proxy; fwd=uri-miss"
    assert rig.bodies == []


OWN = (b"x-thumbnail-source", b"folder")


async def test_a_thumbnail_that_the_entity_agrees_with_is_stored(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, Answer(200, (JSON,), (b'{"thumbnailId": "1"}',)))
    named = ((b"x-thumbnail-id", b"1"), OWN, (b"cache-control", b"public, immutable"))
    await rig.stored(THUMBNAIL, b"png", PNG, *named)
    answer = await rig.ask(THUMBNAIL)
    assert answer.cache_status == b"ayon-proxy; hit; ttl=30"
    assert answer.value(b"cache-control") == b"private, no-cache"


@pytest.mark.parametrize(
    "named",
    [
        ((b"x-thumbnail-id", b"2"), OWN),
        ((b"x-thumbnail-id", b"1"), (b"x-thumbnail-source", b"version")),
        ((b"x-file-id", b"1"), OWN),
    ],
    ids=["another", "a version's", "a reviewable's"],
)
async def test_any_other_thumbnail_is_for_when_upstream_is_away(rig: Rig, named: Fields) -> None:
    rig.upstream.answers(FOLDER, Answer(200, (JSON,), (b'{"thumbnailId": "1"}',)))
    await rig.stored(THUMBNAIL, b"png", PNG, *named)
    rig.upstream.answers(THUMBNAIL, Answer(200, (PNG, *named), (b"new",)), UpstreamBroke("away"))
    online = await rig.ask(THUMBNAIL)
    await rig.cache.in_flight.idle()
    assert (online.body, online.cache_status) == (b"new", b"ayon-proxy; fwd=stale; stored")
    assert (await rig.ask(THUMBNAIL)).cache_status == b"ayon-proxy; hit; detail=offline"


@pytest.mark.parametrize(
    ("length", "steps"),
    [
        (b"5", (b"four",)),
        (b"3", (b"four",)),
        (b"0", (b"four",)),
        (b"4", (b"fo", UpstreamBroke("reset"))),
        (None, (b"fo", UpstreamBroke("reset"))),
    ],
    ids=["too short", "too long", "none announced", "broken", "broken, of unknown length"],
)
@pytest.mark.parametrize("size", [1, 40_000], ids=["in memory", "in a file"])
async def test_a_body_that_is_not_whole_breaks_its_readers_and_is_not_stored(
    rig: Rig, length: bytes | None, steps: tuple[bytes | UpstreamBroke, ...], size: int
) -> None:
    scaled = tuple(step * size if isinstance(step, bytes) else step for step in steps)
    fields = () if length is None else ((b"content-length", b"%d" % (int(length) * size)),)
    rig.upstream.answers(FOLDER, Answer(200, (JSON, *fields), scaled))
    answer = await rig.begin(FOLDER)
    with pytest.raises(UpstreamBroke):
        await read(answer)
    await rig.cache.in_flight.idle()
    assert rig.bodies == []
    assert not rig.blobs.blobs


class TestAPageOfSomeoneInBetween:
    """Of a portal, a sign-on, a maintenance: it says 200."""

    @pytest.mark.parametrize(
        "target", [ADDON, b"/addons/core/1.0.0/public/html/icon.PNG", b"/static/a.html.js"]
    )
    async def test_is_not_stored_as_a_file(self, rig: Rig, target: bytes) -> None:
        await rig.stored(target, PAGE, HTML)
        assert rig.bodies == []

    @pytest.mark.parametrize(
        "target",
        [
            b"/addons/core/1.0.0/frontend/index.html",
            b"/addons/core/1.0.0/public/a.b/page.HTM",
            b"/addons/core/1.0.0/frontend/page%2ehtml",
            b"/static/page",
            b"/api/projects/demo/files/f1",
            b"/",
        ],
    )
    async def test_is_what_it_should_be_where_the_name_says_so_or_nothing(
        self, rig: Rig, target: bytes
    ) -> None:
        await rig.stored(target, PAGE, HTML)
        assert rig.bodies == [PAGE]

    @pytest.mark.parametrize(
        ("target", "content"), [(FOLDER, FIRST), (ADDON, b"zip")], ids=["row", "file"]
    )
    async def test_replaces_nothing_that_is_stored(
        self, rig: Rig, target: bytes, content: bytes
    ) -> None:
        await rig.stored(target, content)
        rig.clock.advance(61)
        rig.upstream.answers(target, Answer(200, (HTML,), (PAGE,)), UpstreamUnreachable("refused"))
        assert (await rig.ask(target)).body == PAGE
        await rig.cache.in_flight.idle()
        assert (await rig.ask(target)).body == content


class TestJson:
    @pytest.mark.parametrize("wrong", [b"", b'{"a":', PAGE, b"\xff", b"NaN", text(100_000)[1:]])
    async def test_that_does_not_parse_is_not_stored(self, rig: Rig, wrong: bytes) -> None:
        await rig.stored(FOLDER)
        rig.clock.advance(11)
        rig.upstream.answers(FOLDER, ok(wrong), UpstreamUnreachable("refused"))
        assert (await rig.ask(FOLDER)).body == wrong
        await rig.cache.in_flight.idle()
        assert rig.bodies == [FIRST]
        assert not rig.blobs.blobs

    @pytest.mark.parametrize("size", [10, 100_000], ids=["row", "file"])
    async def test_that_parses_is(self, rig: Rig, size: int) -> None:
        await rig.stored(FOLDER, text(size))
        assert rig.bodies == [text(size)]

    @pytest.mark.parametrize(("more", "stored"), [(0, False), (1, True)])
    async def test_of_a_size_that_is_not_parsed_is_stored_as_it_is(
        self, rig: Rig, more: int, stored: bool
    ) -> None:
        await rig.stored(FOLDER, b"[" * (PARSED_BYTES + more))
        assert bool(rig.bodies) is stored

    async def test_is_asked_of_no_file(self, rig: Rig) -> None:
        await rig.stored(ADDON, b"zip", JSON)
        assert rig.bodies == [b"zip"]


async def test_a_body_larger_than_the_bound_is_relayed(rig: Rig) -> None:
    rig.max_bytes = 100_000
    rig.restart()
    content = bytes(100_001)
    rig.upstream.answers(ADDON, file(content))
    answer = await rig.ask(ADDON)
    assert (answer.body, answer.cache_status) == (content, b"ayon-proxy; fwd=uri-miss")
    assert rig.bodies == []


class TestChecksums:
    @staticmethod
    def listing(rig: Rig, *entries: object) -> None:
        content = json.dumps({"packages": entries}).encode()
        rig.upstream.answers(PACKAGES, ok(content))

    @pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
    @pytest.mark.parametrize("size", [100, 200_000, 1_500_001], ids=str)
    async def test_a_file_with_the_listed_checksum_is_stored(
        self, rig: Rig, algorithm: str, size: int
    ) -> None:
        content = bytes(range(250)) * (size // 250)
        listed = hashlib.new(algorithm, content).hexdigest().upper()
        self.listing(
            rig,
            {"filename": "other.zip", "checksum": "00", "checksumAlgorithm": algorithm},
            {"filename": "tools.zip", "checksum": listed, "checksumAlgorithm": algorithm},
        )
        rig.upstream.answers(PACKAGE, file(content))
        assert (await rig.ask(PACKAGE)).body == content
        await rig.cache.in_flight.idle()
        assert content in rig.bodies

    @pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
    @pytest.mark.parametrize("size", [100, 200_000], ids=str)
    async def test_a_file_with_another_checksum_is_not(
        self, rig: Rig, algorithm: str, size: int
    ) -> None:
        listed = hashlib.new(algorithm, b"something else").hexdigest()
        self.listing(
            rig, {"filename": "tools.zip", "checksum": listed, "checksumAlgorithm": algorithm}
        )
        rig.upstream.answers(PACKAGE, file(bytes(size)))
        await rig.ask(PACKAGE)
        await rig.cache.in_flight.idle()
        assert bytes(size) not in rig.bodies
        assert not rig.blobs.blobs

    @pytest.mark.parametrize(
        "entries",
        [
            (),
            ({"filename": "other.zip", "checksum": "00", "checksumAlgorithm": "md5"},),
            ({"filename": "tools.zip", "checksum": None, "checksumAlgorithm": "md5"},),
            ({"filename": "tools.zip", "checksum": "", "checksumAlgorithm": "md5"},),
            ({"filename": "tools.zip", "checksum": "00", "checksumAlgorithm": "crc"},),
            ({"filename": "tools.zip", "checksum": "00", "checksumAlgorithm": ["md5"]},),
            ("tools.zip", 1, None),
        ],
        ids=["empty", "others", "null", "empty checksum", "unknown", "odd", "no entries"],
    )
    async def test_where_nothing_is_listed_there_is_nothing_to_compare(
        self, rig: Rig, entries: tuple[object, ...]
    ) -> None:
        self.listing(rig, *entries)
        rig.upstream.answers(PACKAGE, file(b"content"))
        await rig.ask(PACKAGE)
        await rig.cache.in_flight.idle()
        assert b"content" in rig.bodies

    @pytest.mark.parametrize(
        "listing",
        [
            Answer(403),
            Answer(500),
            UpstreamUnreachable("gone"),
            ok(b"{", UpstreamBroke("cut")),
            ok(b"not json"),
        ],
        ids=["refused", "error", "unreachable", "broken", "not json"],
    )
    async def test_without_the_list_nobody_knows_and_nothing_is_stored(
        self, rig: Rig, listing: Answer | UpstreamUnreachable
    ) -> None:
        rig.upstream.answers(PACKAGES, listing)
        rig.upstream.answers(PACKAGE, file(b"content"))
        assert (await rig.ask(PACKAGE)).body == b"content"
        await rig.cache.in_flight.idle()
        assert b"content" not in rig.bodies

    async def test_the_list_is_asked_for_by_the_one_who_asked_for_the_file(self, rig: Rig) -> None:
        rig.upstream.answers(PACKAGES + b"?token=t", ok(b"{}"))
        rig.upstream.answers(PACKAGE + b"?token=t&x=1", file(b"content"))
        await rig.ask(PACKAGE + b"?token=t&x=1")
        await rig.cache.in_flight.idle()
        sent = rig.upstream.sent[-1].request
        assert (sent.path, sent.query) == (PACKAGES, b"token=t")
        assert (b"x-api-key", b"alice") in sent.fields


class TestSecrets:
    async def test_are_removed_before_anything_is_stored(self, rig: Rig) -> None:
        await rig.stored(ME, b'{"name":"a","data":{"password":"hash","x":1}}')
        assert rig.bodies == [b'{"name":"a","data":{"x":1}}']
        answer = await rig.ask(ME)
        assert b"hash" not in answer.body
        assert answer.length == len(answer.body)

    async def test_where_they_cannot_be_found_nothing_is_stored(self, rig: Rig) -> None:
        await rig.stored(ME, b'{"data":{"password":"hash"')
        assert rig.bodies == []

    async def test_never_reach_the_disk_however_large_the_answer(self, rig: Rig) -> None:
        content = b'{"data":{"password":"hash"},"more":"' + bytes(5 << 20) + b'"}'
        pieces = [content[at : at + 65536] for at in range(0, len(content), 65536)]
        staged: list[object] = []
        rig.blobs.stage = staged.append  # type: ignore[method-assign,assignment]
        rig.upstream.answers(ME, ok(*pieces))
        assert (await rig.ask(ME)).body == content
        await rig.cache.in_flight.idle()
        assert staged == []
        assert rig.bodies == []


class TestGone:
    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    @pytest.mark.parametrize("size", [10, 100_000], ids=["row", "file"])
    async def test_takes_a_stored_answer_away(self, rig: Rig, status: int, size: int) -> None:
        await rig.stored(FOLDER, text(size))
        rig.clock.advance(11)
        rig.upstream.answers(FOLDER, Answer(status, (JSON,)), UpstreamUnreachable("refused"))
        assert (await rig.ask(FOLDER)).status == status
        assert (await rig.ask(FOLDER)).status == 504
        assert rig.bodies == []
        await rig.cache.janitor.tick()
        assert not rig.blobs.blobs

    async def test_takes_it_away_when_the_client_has_left(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.clock.advance(11)
        head = asyncio.Event()
        rig.upstream.answers(FOLDER, Answer(404, (JSON,), head_after=head))
        asking = asyncio.create_task(rig.ask(FOLDER))
        await rig.upstream.arrived(2)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        head.set()
        await rig.cache.in_flight.idle()
        assert rig.bodies == []

    async def test_takes_it_away_though_the_request_wants_nothing_stored(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.clock.advance(11)
        rig.upstream.answers(FOLDER, Answer(403, (JSON,)))
        await rig.ask(FOLDER, (b"cache-control", b"no-store"))
        assert rig.bodies == []

    async def test_is_said_of_one_credential(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.upstream.answers(FOLDER, Answer(403, (JSON,)))
        await rig.ask(FOLDER, caller=b"bob")
        assert (await rig.ask(FOLDER)).body == b'"first"'

    @pytest.mark.parametrize("status", [400, 416, 500])
    async def test_other_errors_take_nothing_away(self, rig: Rig, status: int) -> None:
        await rig.stored(FOLDER)
        rig.clock.advance(11)
        rig.upstream.answers(FOLDER, Answer(status))
        assert (await rig.ask(FOLDER)).status == status
        assert rig.bodies == [b'"first"']

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    async def test_a_page_that_says_so_takes_nothing_away(self, rig: Rig, status: int) -> None:
        await rig.stored(FOLDER)
        rig.clock.advance(11)
        page = Answer(status, ((b"content-type", b"text/html"),), (b"<html/>",))
        rig.upstream.answers(FOLDER, page, UpstreamUnreachable("refused"))
        assert (await rig.ask(FOLDER)).status == status
        assert (await rig.ask(FOLDER)).status == 200
