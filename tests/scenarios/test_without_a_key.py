"""Without a service key everything works, and the proxy says plainly what is lost."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import httpx

from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from ayon_proxy.policy.lifetimes import ENTITY, STUDIO_CONFIG
from tests.support.proxy_process import proxy_process

LOST = (
    "AYON_PROXY_UPSTREAM__API_KEY",
    "what others change is not noticed when it happens",
    f"entities are up to {ENTITY.unwatched:.0f} s old",
    f"up to {STUDIO_CONFIG.unwatched:.0f} s",
)
"""What has to be said."""


async def test_without_a_key_the_short_lifetimes_hold_and_it_is_said(
    film: Studio, tmp_path: Path
) -> None:
    async with DemoServer(deepcopy(film)) as demo, proxy_process(demo.url, tmp_path) as proxy:
        headers = {"x-api-key": SERVICE_KEY}
        async with httpx.AsyncClient(base_url=proxy.url, headers=headers) as client:
            feed = (await client.get("/-/status")).json()["feed"]
            assert feed["state"] == "disabled"
            folder = f"/api/projects/{FILM}/folders/{next(iter(film.projects[FILM].folders))}"
            kept = {}
            for path in (folder, "/api/bundles"):
                await client.get(path)
                kept[path] = (await client.get(path)).headers["cache-status"]
        said = (await proxy.logged("feed_disabled"))["sentence"]
        assert [each for each in LOST if each not in feed["detail"] or each not in said] == []
        for path, lifetimes in ((folder, ENTITY), ("/api/bundles", STUDIO_CONFIG)):
            hit, ttl = kept[path].split(";")[1:3]
            assert hit == " hit"
            assert 0 < int(ttl.removeprefix(" ttl=")) <= lifetimes.unwatched
        assert proxy.events("warning").count("feed_disabled") == 1
        assert proxy.complaints() == []
