"""A credential that upstream has refused reads nothing that was fetched for it before."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.film import FILM, PASSWORDS
from ayon_proxy.demo.running import DemoServer
from tests.support.running_proxy import running_proxy

PATHS = ["/api/users/me", f"/api/projects/{FILM}", f"/api/projects/{FILM}/hierarchy"]


@pytest.mark.parametrize("how", ["logout", "seen elsewhere", "seen elsewhere after a restart"])
@pytest.mark.parametrize("then", ["online", "offline", "offline after a restart"])
async def test_it_reads_nothing_more(demo: DemoServer, tmp_path: Path, how: str, then: str) -> None:
    async with httpx.AsyncClient(timeout=30) as client:
        login = {"name": "artist", "password": PASSWORDS["artist"]}
        answer = await client.post(f"{demo.url}/api/auth/login", json=login)
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        async with running_proxy(demo.url, tmp_path) as proxy:
            for path in PATHS:
                assert (await client.get(proxy.url + path)).status_code == 200
            await proxy.assembled.cache.in_flight.idle()
            if how == "logout":
                await client.post(f"{proxy.url}/api/auth/logout")
            else:
                await client.post(f"{demo.url}/api/auth/logout")
            if how == "seen elsewhere":
                assert (await client.get(f"{proxy.url}/api/info")).status_code == 200
                assert (await client.get(f"{proxy.url}/api/bundles")).status_code == 401
            if then != "offline after a restart" and how != "seen elsewhere after a restart":
                if then == "offline":
                    demo.faults.go_down()
                for path in PATHS:
                    assert (await client.get(proxy.url + path)).status_code in (401, 504)
                return
        async with running_proxy(demo.url, tmp_path) as proxy:
            if how == "seen elsewhere after a restart":
                assert (await client.get(f"{proxy.url}/api/bundles")).status_code == 401
            if then != "online":
                demo.faults.go_down()
            for path in PATHS:
                assert (await client.get(proxy.url + path)).status_code in (401, 504)


async def test_a_guessed_credential_is_not_remembered(demo: DemoServer, tmp_path: Path) -> None:
    async with running_proxy(demo.url, tmp_path) as proxy, httpx.AsyncClient() as client:
        for number in range(20):
            headers = {"Authorization": f"Bearer {number:064}"}
            assert (
                await client.get(f"{proxy.url}/api/bundles", headers=headers)
            ).status_code == 401
        assert proxy.assembled.cache.tags.sequence == 0


async def test_what_anybody_is_given_proves_no_credential(demo: DemoServer, tmp_path: Path) -> None:
    async with running_proxy(demo.url, tmp_path) as proxy, httpx.AsyncClient() as client:
        for number in range(3):
            client.headers["Authorization"] = f"Bearer {number:064}"
            assert (await client.get(f"{proxy.url}/")).status_code == 200
            assert (await client.get(f"{proxy.url}/api/bundles")).status_code == 401
        assert proxy.assembled.cache.tags.sequence == 0
