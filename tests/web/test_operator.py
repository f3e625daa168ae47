"""The proxy's own paths, asked over a real socket."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.support.generated_server import generated_server
from tests.support.running_proxy import running_proxy


@pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
async def test_head_is_answered_as_get_without_the_body(path: str, tmp_path: Path) -> None:
    async with (
        generated_server() as upstream,
        running_proxy(upstream.url, tmp_path / "data") as proxy,
        httpx.AsyncClient(base_url=proxy.url, trust_env=False) as client,
    ):
        got, head, again = [await client.request(it, path) for it in ("GET", "HEAD", "GET")]
        other = await client.post(path)
    assert (got.status_code, head.status_code, again.status_code) == (200, 200, 200)
    assert got.content == again.content == b'{"status":"ok"}'
    assert head.content == b""
    for name in ("content-type", "content-length"):
        assert head.headers[name] == got.headers[name]
    assert other.status_code == 405
