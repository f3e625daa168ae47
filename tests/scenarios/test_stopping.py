"""Asked to stop: status 0; transfers end first (how long they may: tests/web/test_server.py)."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from ayon_proxy.web.server import GRACEFUL_SECONDS
from tests.support.generated_server import addon_file, content, generated_server
from tests.support.proxy_process import proxy_process

SIZE = 4_000_000
PATH = addon_file("stopping", SIZE)
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: proxy\r\n\r\n".encode()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_a_transfer_comes_to_its_end_first(tmp_path: Path, how: signal.Signals) -> None:
    async with generated_server() as upstream, proxy_process(upstream.url, tmp_path) as proxy:
        idle = await asyncio.open_connection("127.0.0.1", proxy.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        upstream.pace.clear()
        writer.write(REQUEST)
        await reader.readuntil(b"\r\n\r\n")
        await upstream.halfway.get()
        proxy.process.send_signal(how)
        assert await idle[0].read() == b""  # it has begun to stop
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        upstream.pace.set()
        assert await reader.readexactly(SIZE) == content(PATH)
        assert await proxy.ended() == 0
        for end in (writer, idle[1]):
            end.close()
    assert proxy.complaints() == []


async def test_asked_twice_it_does_not_wait(tmp_path: Path) -> None:
    async with generated_server() as upstream, proxy_process(upstream.url, tmp_path) as proxy:
        idle, closing = await asyncio.open_connection("127.0.0.1", proxy.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        upstream.pace.clear()
        writer.write(REQUEST)
        await upstream.halfway.get()
        began = asyncio.get_running_loop().time()
        proxy.process.send_signal(signal.SIGINT)
        assert await idle.read() == b""
        assert await proxy.stop(signal.SIGINT) == 0
        assert asyncio.get_running_loop().time() - began < GRACEFUL_SECONDS / 2
        with pytest.raises(ConnectionResetError):
            await reader.read(-1)
        for end in (writer, closing):
            end.close()
    assert proxy.events("error", "critical") == []
