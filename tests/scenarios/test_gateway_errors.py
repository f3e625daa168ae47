"""What stands before upstream answers in its place; nothing of that reaches a client that reads.

Broken once, to see the tests fail: no second try; the gateway's answer given to a reader; a state
that takes it for upstream's; a write sent twice; one that is asked to wait a minute and does.
"""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.running import DemoServer
from tests.support.running_proxy import RunningProxy
from tests.support.status_of import turned

PROJECT = f"/api/projects/{FILM}"
FOLDERS = f"{PROJECT}/folders"
STOOD_IN = "ayon-proxy; hit; detail=offline"
PAGE = {"content-type": "text/html"}
NO_CACHE = {"cache-control": "no-cache"}


def asked(demo: DemoServer, path: str) -> int:
    return sum(each.path == path for each in demo.requests)


@pytest.mark.parametrize(
    ("trouble", "path"),
    [
        *((trouble, PROJECT) for trouble in ("429", "502", "504", "down")),
        ("503", "/api/events"),
        ("503", "/addons/none/1.0/public/x"),
    ],
)
async def test_a_read_is_tried_again_and_answered(
    demo: DemoServer, client: httpx.AsyncClient, path: str, trouble: str
) -> None:
    without = await client.get(f"{demo.url}{path}", headers=dict(client.headers))
    demo.requests.clear()
    if trouble == "down":
        demo.faults.add(path, "down", times=2)
    else:
        demo.faults.add(path, "status", status=int(trouble), times=2, headers=PAGE)
    answer = await client.get(path)
    assert answer.status_code == without.status_code
    assert asked(demo, path) == 3
    assert (await client.get("/-/status")).json()["upstream"]["state"] == "online"


async def test_a_write_is_sent_once_and_its_answer_passed_as_it_came(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    for status in (429, 502, 503, 504):
        demo.faults.add(FOLDERS, "status", method="POST", status=status, times=1, headers=PAGE)
        answer = await client.post(FOLDERS, json={"name": "x", "folderType": "Folder"})
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
    assert asked(demo, FOLDERS) == 4


async def test_with_all_requests_failing_what_is_stored_is_given_and_all_else_is_504(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    await client.get(PROJECT)
    await proxy.assembled.cache.in_flight.idle()
    demo.faults.add(".", "status", status=502, headers=PAGE)
    stood_in, refused = await asyncio.gather(
        client.get(PROJECT, headers=NO_CACHE), client.get("/api/anatomy/presets")
    )
    assert (stood_in.status_code, stood_in.headers["cache-status"]) == (200, STOOD_IN)
    assert (refused.status_code, refused.json()["code"]) == (504, 504)
    await turned(client, "upstream", "offline", 5.0)
    await asyncio.sleep(1.0)
    before = len(demo.requests)
    began = time.monotonic()
    for method in ("GET", "POST", "PATCH"):
        answer = await client.request(method, f"{FOLDERS}/{'0' * 32}")
        assert answer.status_code == 504
        assert "can't be reached (since 20" in answer.json()["detail"]
    assert time.monotonic() - began < 0.5
    assert {each.path for each in demo.requests[before:]} <= {"/api/info"}
    demo.faults.clear()
    await turned(client, "upstream", "online", 5.0)
    assert (await client.get("/api/anatomy/presets")).status_code == 200


@pytest.mark.parametrize(("said", "tries"), [("1", 2), ("60", 1)])
async def test_who_is_told_to_come_later_is_not_kept_waiting_for_long(
    demo: DemoServer, client: httpx.AsyncClient, said: str, tries: int
) -> None:
    demo.faults.add(PROJECT, "status", status=429, headers={"retry-after": said})
    began = time.monotonic()
    answer = await client.get(PROJECT)
    assert time.monotonic() - began < 2.0
    assert (answer.status_code, answer.json()["code"]) == (429, 429)
    assert answer.headers["retry-after"] == said
    assert asked(demo, PROJECT) == tries
