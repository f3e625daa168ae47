"""Files: one fetch, written once, read by all as it grows (issue line 4), on real sockets."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.film import FILM, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.support.packages import add_package, pseudo_random
from tests.support.running_proxy import RunningProxy, running_proxy

ODD_SIZES = [1, 65_535, 65_536, 65_537, 131_071, 1_000_003, 5_242_883]


def fetches(demo: DemoServer, path: str) -> list[int]:
    """Statuses of upstream's answers to GETs of the path."""
    return [it.status for it in demo.requests if it.path == path and it.method == "GET"]


@pytest.mark.parametrize("size", ODD_SIZES)
async def test_a_file_arrives_whole_and_crosses_the_line_once(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient, size: int
) -> None:
    content = pseudo_random(size)
    path = add_package(demo.studio, "odd.zip", content)
    for expected in ("fwd=uri-miss; stored", "hit"):
        answer = await client.get(path)
        assert answer.content == content
        assert answer.headers["content-length"] == str(size)
        assert expected in answer.headers["cache-status"]
        await proxy.assembled.cache.in_flight.idle()
    assert fetches(demo, path) == [200]


async def test_readers_that_wait_get_the_file_as_it_grows(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    content = pseudo_random(3_000_001)
    path = add_package(demo.studio, "growing.zip", content)
    held = demo.faults.add(path, "hold", after_bytes=1_500_000)
    async with client.stream("GET", path) as first, client.stream("GET", path) as second:
        heads = [first.headers["cache-status"], second.headers["cache-status"]]
        halves = []
        for reader in (first, second):
            chunks = reader.aiter_raw()
            received = b""
            while len(received) < 1_000_000:
                received += await anext(chunks)
            halves.append((received, chunks))
        await held.reached()
        held.release()
        for received, chunks in halves:
            assert received + b"".join([chunk async for chunk in chunks]) == content
    assert heads == ["ayon-proxy; fwd=uri-miss; stored", "ayon-proxy; fwd=uri-miss; collapsed"]
    assert fetches(demo, path) == [200]


async def test_a_fetch_goes_on_when_every_client_has_left(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    content = pseudo_random(2_000_003)
    path = add_package(demo.studio, "left.zip", content)
    held = demo.faults.add(path, "hold", after_bytes=500_000)
    async with client.stream("GET", path) as answer:
        await anext(answer.aiter_raw())
        await held.reached()
    held.release()
    again = await client.get(path)
    assert again.content == content
    assert fetches(demo, path) == [200]


async def test_slow_readers_and_leaving_readers_do_not_disturb_the_others(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    content = pseudo_random(4_000_037)
    path = add_package(demo.studio, "shared.zip", content)
    held = demo.faults.add(path, "hold", after_bytes=2_000_000)
    async with client.stream("GET", path) as slow:
        slow_chunks = slow.aiter_raw()
        received = await anext(slow_chunks)
        async with client.stream("GET", path) as leaving:
            await anext(leaving.aiter_raw())
        held.release()
        quick = await client.get(path)
        assert quick.content == content
        async for chunk in slow_chunks:
            received += chunk
        assert received == content
    assert fetches(demo, path) == [200]


@pytest.mark.parametrize("kind", ["cut_body", "cut_socket"])
async def test_a_fill_that_breaks_is_resumed_where_it_broke(
    demo: DemoServer, client: httpx.AsyncClient, kind: str
) -> None:
    content = pseudo_random(3_000_017)
    path = add_package(demo.studio, "broken.zip", content)
    demo.faults.add(path, kind, after_bytes=1_000_001, times=1)
    answer = await client.get(path)
    assert answer.content == content
    assert fetches(demo, path) == [200, 206]
    again = await client.get(path)
    assert again.content == content
    assert fetches(demo, path) == [200, 206]


async def test_a_body_that_stays_broken_is_cut_for_the_client_and_never_stored(
    demo: DemoServer, client: httpx.AsyncClient, proxy: RunningProxy
) -> None:
    path = add_package(demo.studio, "hopeless.zip", pseudo_random(400_001))
    demo.faults.add(path, "cut_body", after_bytes=200_000, times=1)
    replaced = demo.faults.add(
        lambda scope: any(name == b"range" for name, _ in scope["headers"]), "status", status=404
    )
    with pytest.raises(httpx.TransportError):
        await client.get(path)
    demo.faults.active.remove(replaced)
    usage = await proxy.assembled.cache.store.index.usage()
    assert usage.blobs == 0
    assert len((await client.get(path)).content) == 400_001


async def test_a_file_that_is_not_what_upstream_lists_is_not_stored(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    content = pseudo_random(300_007)
    path = add_package(demo.studio, "forged.zip", content, checksum=hashlib.sha256(b"").hexdigest())
    for _ in range(2):
        answer = await client.get(path)
        assert answer.content == content
        assert "fwd=" in answer.headers["cache-status"]


async def test_what_is_stored_outlives_the_process(demo: DemoServer, tmp_path: Path) -> None:
    content = pseudo_random(700_001)
    path = add_package(demo.studio, "kept.zip", content)
    headers = {"X-Api-Key": SERVICE_KEY}
    for _ in range(2):
        async with (
            running_proxy(demo.url, tmp_path / "kept") as proxy,
            httpx.AsyncClient(base_url=proxy.url, headers=headers) as client,
        ):
            answer = await client.get(path)
            assert answer.content == content
            await proxy.assembled.cache.in_flight.idle()
    assert answer.headers["cache-status"].startswith("ayon-proxy; hit")
    assert fetches(demo, path) == [200]


async def test_a_video_crosses_the_line_once_though_nothing_tags_it(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    project = demo.studio.projects[FILM]
    video = next(it for it in project.files.values() if it.content_type.startswith("video/"))
    path = f"/api/projects/{FILM}/files/{video.id}"
    first = await client.get(path)
    await proxy.assembled.cache.in_flight.idle()
    demo.requests.clear()
    again = await client.get(path, headers={"cache-control": "no-cache"})
    assert again.content == first.content
    assert [(it.method, it.path) for it in demo.requests] == [("HEAD", path)]
    ranged = await client.get(path, headers={"range": "bytes=-100"})
    assert (ranged.status_code, ranged.content) == (206, first.content[-100:])
