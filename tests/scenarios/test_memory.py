"""Any number of different requests costs bounded memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ayon_proxy.cache.known_caller import MOST_CALLERS
from tests.support.generated_server import folder, generated_server
from tests.support.proxy_process import ProxyProcess, proxy_process

SMALL = 1_000
"""Bytes of an answer."""

CONNECTIONS = 8

MEMORY_BYTES = 4_000_000
"""Setting: the memory tier, full long before the first count."""

FIRST, THEN = MOST_CALLERS + 1_000, 8_000
"""Requests until everything that is bounded is full; and those that must not add to it."""

BLOCKS = 3
"""How often the latter are sent, where memory grew: what is lost of each request is lost in every
block. A moment's garbage (the disk was slow, and answers waited for it) is not all given back, but
it is some megabytes once, however many requests there are."""

GROWTH = THEN * SMALL // 2
"""Bytes: half of what an answer takes, for each request that came later."""


async def ask(proxy: ProxyProcess, requests: list[bytes]) -> None:
    """Send them over a few connections, each read to its end before the next."""
    waiting = iter(requests)

    async def some() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        for one in waiting:
            writer.write(one)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200 "), head
            length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
        writer.close()

    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))


def reads(numbers: range) -> list[bytes]:
    """Each with another URL and another credential."""
    return [
        b"GET %s?q=%d HTTP/1.1\r\nHost: proxy\r\nX-Api-Key: key-%d\r\n\r\n"
        % (folder(number, SMALL).encode(), number, number)
        for number in numbers
    ]


async def test_different_urls_and_credentials(tmp_path: Path) -> None:
    async with (
        generated_server() as upstream,
        proxy_process(upstream.url, tmp_path, storage__memory_bytes=MEMORY_BYTES) as proxy,
    ):
        await ask(proxy, reads(range(FIRST)))
        grown: list[int] = []
        for block in range(BLOCKS):
            before, first = proxy.own_bytes, FIRST + block * THEN
            await ask(proxy, reads(range(first, first + THEN)))
            grown.append(proxy.own_bytes - before)
            if grown[-1] < GROWTH:
                break
        print(f"{FIRST} requests, then {THEN} more: {[f'{each / 1e6:+.1f} MB' for each in grown]}")
        assert min(grown) < GROWTH
        assert proxy.events("error", "critical") == []
