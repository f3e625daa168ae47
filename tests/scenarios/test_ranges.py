"""HEAD, ranges and conditions on stored files: answered right, though upstream gets them wrong
(upstream/observed.md, Headers)."""

from __future__ import annotations

import email.parser
import email.policy

import httpx
import pytest

from ayon_proxy.demo.running import DemoServer
from tests.support.packages import add_package, pseudo_random
from tests.support.running_proxy import RunningProxy

SIZE = 200_003
CONTENT = pseudo_random(SIZE)


@pytest.fixture(params=["stored", "arriving"])
async def path(
    request: pytest.FixtureRequest,
    demo: DemoServer,
    proxy: RunningProxy,
    client: httpx.AsyncClient,
) -> str:
    """A file that is in the store, or that will be fetched by the request under test."""
    path = add_package(demo.studio, "ranged.zip", CONTENT)
    if request.param == "stored":
        await client.get(path)
        await proxy.assembled.cache.in_flight.idle()
    return path


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=-100", SIZE - 100, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        (f"bytes=65535-{10 * SIZE}", 65_535, SIZE),
        (f"bytes=-{10 * SIZE}", 0, SIZE),
    ],
)
async def test_one_range(
    client: httpx.AsyncClient, path: str, wanted: str, start: int, end: int
) -> None:
    answer = await client.get(path, headers={"range": wanted})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)
    assert answer.content == CONTENT[start:end]


async def test_several_ranges(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"range": "bytes=0-9,1000-1009,-10"})
    assert answer.status_code == 206
    assert answer.headers["content-length"] == str(len(answer.content))
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    parts = parser.parsebytes(head + answer.content).iter_parts()
    assert [part["content-range"] for part in parts] == [
        f"bytes 0-9/{SIZE}",
        f"bytes 1000-1009/{SIZE}",
        f"bytes {SIZE - 10}-{SIZE - 1}/{SIZE}",
    ]
    for piece in (CONTENT[:10], CONTENT[1000:1010], CONTENT[-10:]):
        assert piece in answer.content


async def test_a_range_that_does_not_exist(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"range": f"bytes={SIZE}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    assert answer.content == b""


HOSTILE = [
    *("bytes=-", "bytes=--5", "bytes=0x0-1", "bytes=1-2-3", "bytes=0-0;q=1", "bytes=0-0 1-1"),
    *("bytes=" + "0-0," * 5000, "bytes=" + "0-," * 100, "bytes=" + ",".join(["-1"] * 65)),
    *("bytes=" + "9" * 5000 + "-0", "bytes=5-" + "0" * 50_000, "none=0-0"),
]


@pytest.mark.parametrize(
    "wanted",
    ["bytes=", "bytes=5-1", "bytes=a-b", "lines=1-2", "bytes 1-2", *HOSTILE],
    ids=lambda wanted: wanted[:20],
)
async def test_a_range_that_means_nothing_is_ignored(
    client: httpx.AsyncClient, path: str, wanted: str
) -> None:
    answer = await client.get(path, headers={"range": wanted})
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_if_range_gives_the_part_of_that_file_only(
    client: httpx.AsyncClient, path: str
) -> None:
    etag = (await client.get(path)).headers["etag"]
    for validator, status in ((etag, 206), ('"another"', 200), (f"W/{etag}", 200)):
        answer = await client.get(path, headers={"range": "bytes=5-9", "if-range": validator})
        assert answer.status_code == status
        assert answer.content == (CONTENT[5:10] if status == 206 else CONTENT)


async def test_what_the_client_has_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    etag = (await client.get(path)).headers["etag"]
    for field in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await client.get(path, headers={"if-none-match": field})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
        assert "content-length" not in answer.headers


async def test_head_tells_what_get_would_give(
    client: httpx.AsyncClient, path: str, proxy: RunningProxy
) -> None:
    got = await client.get(path)
    await proxy.assembled.cache.in_flight.idle()
    answer = await client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")
    for name in ("content-length", "etag", "content-type", "accept-ranges", "last-modified"):
        assert answer.headers[name] == got.headers[name]
