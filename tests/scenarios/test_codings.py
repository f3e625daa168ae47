"""Clients on real sockets that accept codings: what they read is what upstream says."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Callable
from pathlib import Path

import ayon_api
import httpx
import pytest
import requests

from ayon_proxy.cache.variants import AGAIN_SECONDS
from ayon_proxy.demo.film import FILM, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.policy.content_coding import BR, GZIP, ZSTD
from tests.support.running_proxy import RunningProxy, running_proxy

PATH = f"/api/projects/{FILM}/folders"
"""Some kilobytes of JSON."""

KEY = {"x-api-key": SERVICE_KEY}


async def made(proxy: RunningProxy, *codings: bytes) -> None:
    """Have each of the codings made of what is at the path."""
    async with httpx.AsyncClient(base_url=proxy.url, headers=KEY) as client, asyncio.timeout(60):
        for coding in codings:
            fields = {"accept-encoding": coding.decode()}
            while "content-encoding" not in (await client.head(PATH, headers=fields)).headers:
                await client.get(PATH, headers=fields)
                await asyncio.sleep(AGAIN_SECONDS / 4)


def read_by_requests(url: str) -> tuple[bytes, str | None]:
    answer = requests.get(url + PATH, headers=KEY, timeout=30)
    return answer.content, answer.headers.get("content-encoding")


def read_by_httpx(url: str) -> tuple[bytes, str | None]:
    answer = httpx.get(url + PATH, headers=KEY)
    return answer.content, answer.headers.get("content-encoding")


def read_by_urllib(url: str) -> tuple[bytes, str | None]:
    """A client that accepts the identity alone."""
    asked = urllib.request.Request(url + PATH, headers=KEY)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.read(), answer.headers.get("content-encoding")


@pytest.mark.parametrize(
    ("read", "coding"),
    [(read_by_requests, "zstd"), (read_by_httpx, "br"), (read_by_urllib, None)],
)
async def test_a_client_reads_what_upstream_says(
    demo: DemoServer,
    proxy: RunningProxy,
    read: Callable[[str], tuple[bytes, str | None]],
    coding: str | None,
) -> None:
    await made(proxy, ZSTD, BR, GZIP)
    said, _ = await asyncio.to_thread(read, demo.url)
    assert await asyncio.to_thread(read, proxy.url) == (said, coding)


async def test_the_library_reads_what_upstream_says(demo: DemoServer, proxy: RunningProxy) -> None:
    def asked(url: str) -> tuple[object, str | None]:
        library = ayon_api.ServerAPI(url, token=SERVICE_KEY)
        try:
            answer = library.get(f"projects/{FILM}/folders")
            return answer.data, answer.headers.get("content-encoding")
        finally:
            library.close_session()

    await made(proxy, ZSTD)
    said, _ = await asyncio.to_thread(asked, demo.url)
    assert await asyncio.to_thread(asked, proxy.url) == (said, "zstd")


async def test_a_variant_is_shorter_and_tells_its_length(
    proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    await made(proxy, GZIP)
    plain = await client.get(PATH, headers={"accept-encoding": "identity"})
    coded = await client.get(PATH, headers={"accept-encoding": "gzip"})
    assert coded.content == plain.content
    assert int(coded.headers["content-length"]) == coded.num_bytes_downloaded
    assert coded.num_bytes_downloaded < 0.5 * len(plain.content)
    assert (coded.headers["vary"], "vary" in plain.headers) == ("Accept-Encoding", False)


async def test_each_representation_is_not_modified_for_who_holds_it(
    proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    await made(proxy, ZSTD, GZIP)
    etags = []
    for accepted in ("identity", "gzip", "gzip, zstd"):
        answer = await client.get(PATH, headers={"accept-encoding": accepted})
        etags.append(answer.headers["etag"])
    assert len(set(etags)) == 3
    for etag in etags:
        fields = {"accept-encoding": "gzip, zstd", "if-none-match": etag}
        answer = await client.get(PATH, headers=fields)
        assert (answer.status_code, answer.headers["etag"], answer.content) == (304, etag, b"")
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "content-encoding" not in answer.headers
    fields = {"accept-encoding": "gzip", "if-none-match": etags[2]}
    assert (await client.get(PATH, headers=fields)).status_code == 200


async def test_a_change_shows_in_every_coding(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    folder = next(iter(demo.studio.projects[FILM].folders))
    for number in range(3):
        await made(proxy, ZSTD, BR, GZIP)
        label = f"changed {number}"
        answer = await client.patch(f"/api/projects/{FILM}/folders/{folder}", json={"label": label})
        assert answer.status_code == 204
        for accepted in ("zstd", "br", "gzip", "identity") * 2:
            given = await asyncio.to_thread(
                requests.get, proxy.url + PATH, headers={**KEY, "accept-encoding": accepted}
            )
            labels = [each["label"] for each in given.json()["folders"] if each["id"] == folder]
            assert labels == [label]


async def test_after_a_restart_a_tag_is_still_known(demo: DemoServer, tmp_path: Path) -> None:
    async with running_proxy(demo.url, tmp_path / "kept") as proxy:
        await made(proxy, GZIP)
        async with httpx.AsyncClient(base_url=proxy.url, headers=KEY) as client:
            etag = (await client.get(PATH, headers={"accept-encoding": "gzip"})).headers["etag"]
    async with (
        running_proxy(demo.url, tmp_path / "kept") as proxy,
        httpx.AsyncClient(base_url=proxy.url, headers=KEY) as client,
    ):
        fields = {"accept-encoding": "gzip", "if-none-match": etag}
        answer = await client.get(PATH, headers=fields)
    assert (answer.status_code, answer.headers["etag"]) == (304, etag)
