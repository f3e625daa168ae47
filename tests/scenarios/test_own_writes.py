"""G1: a write through the proxy has been answered, so every read through the proxy shows it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from ayon_proxy.demo.film import FILM, small_film
from ayon_proxy.demo.running import DemoServer

FOLDER = f"/api/projects/{FILM}/folders/{next(iter(small_film().projects[FILM].folders))}"


async def label(client: httpx.AsyncClient) -> str:
    return str((await client.get(FOLDER)).json().get("label"))


@pytest.mark.parametrize("way", ["rest", "operations", "background"])
async def test_a_read_after_a_write_shows_it(client: httpx.AsyncClient, way: str) -> None:
    await label(client)
    operation = {
        "type": "update",
        "entityType": "folder",
        "entityId": FOLDER.rpartition("/")[2],
        "data": {"label": way},
    }
    operations = f"/api/projects/{FILM}/operations"
    if way == "rest":
        assert (await client.patch(FOLDER, json={"label": way})).status_code == 204
    elif way == "operations":
        answer = await client.post(operations, json={"operations": [operation]})
        assert answer.json()["success"]
    else:
        begun = await client.post(f"{operations}/background", json={"operations": [operation]})
        poll = f"{operations}/background/{begun.json()['id']}"
        while (await client.get(poll)).json()["status"] != "completed":
            await label(client)  # what is read meanwhile may be either, and must not stay
    assert await label(client) == way


async def test_an_answer_fetched_across_a_write_is_not_given_after_it(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    before = demo.faults.add(FOLDER, "hold", method="GET", after_bytes=0, times=1)
    reading = asyncio.create_task(client.get(FOLDER))
    await before.reached()
    await client.patch(FOLDER, json={"label": "after"})
    joining = asyncio.create_task(client.get(FOLDER))
    assert (await joining).json()["label"] == "after"
    before.release()
    await reading
    assert await label(client) == "after"


async def test_a_write_that_broke_off_invalidates_too(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    operation = {
        "type": "update",
        "entityType": "folder",
        "entityId": FOLDER.rpartition("/")[2],
        "data": {"label": "perhaps"},
    }
    path = f"/api/projects/{FILM}/operations"
    await label(client)
    demo.faults.add(path, "cut_socket", after_bytes=10)
    with pytest.raises(httpx.TransportError):
        await client.post(path, json={"operations": [operation]})
    assert await label(client) == "perhaps"
    assert [it.method for it in demo.requests].count("POST") == 1
