"""The proxy's own paths, asked over a real socket."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.film import SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
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


async def test_a_manager_is_asked_about_from_its_own_address(tmp_path: Path) -> None:
    """From another one upstream would end the session (upstream/server.md 3.3)."""
    own = {"X-Forwarded-For": "10.9.8.7", "X-Api-Key": SERVICE_KEY, "x-ayon-site-id": "site"}
    async with (
        DemoServer(small_film()) as demo,
        running_proxy(
            demo.url, tmp_path / "data", server={"trusted_proxies": ["127.0.0.1"]}
        ) as proxy,
        httpx.AsyncClient(base_url=proxy.url, trust_env=False) as client,
    ):
        assert (await client.get("/-/status", headers=own)).status_code == 200
        del own["X-Api-Key"]
        assert (await client.get("/-/status", headers=own)).status_code == 403
    asked = [each.headers for each in demo.requests if each.path.startswith("/api/users/me")]
    assert {(each["x-forwarded-for"], each["x-ayon-site-id"]) for each in asked} == {
        ("10.9.8.7", "site")
    }
