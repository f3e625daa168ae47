"""The client library sends, reads and hears events of the demo server."""

from __future__ import annotations

import asyncio
import gc
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from ayon_api import ServerAPI

from ayon_proxy.demo.clock import Pace
from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer

SECONDS = 5.0


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    studio = small_film()
    studio.pace = Pace(quiet=0.05, heartbeat=0.1)
    async with DemoServer(studio) as demo:
        yield demo


def _topics(events: Any) -> list[str]:
    return [each["topic"] for each in events]


def _asked(api: ServerAPI) -> dict[str, Any]:
    first = api.dispatch_event("tests.one", project_name=FILM, payload={"a": 1}).data["id"]
    api.dispatch_event("tests.two", summary={"b": 2}, finished=False)
    api.dispatch_event("tests.told", store=False)
    update = next(iter(api.get_events(["tests.two"])))
    api.update_event(update["id"], status="finished", description="done")
    return {
        "both": _topics(api.get_events(["tests.*"])),
        "by project": _topics(api.get_events(project_names=[FILM], topics=["tests.*"])),
        "by state": _topics(api.get_events(["tests.*"], statuses=["finished"])),
        "newest first": _topics(api.get_events(["tests.*"], last=1)),
        "updated": next(iter(api.get_events(event_ids=[update["id"]])))["description"],
        "with payload": api.get_event(first)["payload"],
        "in pages of one": _topics(api.get_events(["tests.*"], limit=1)),
    }


async def test_events_are_sent_changed_and_read(demo: DemoServer) -> None:
    def ask() -> dict[str, Any]:
        return _asked(ServerAPI(demo.url, SERVICE_KEY))

    assert await asyncio.to_thread(ask) == {
        "both": ["tests.one", "tests.two"],
        "by project": ["tests.one"],
        "by state": ["tests.one", "tests.two"],
        "newest first": ["tests.two"],
        "updated": "done",
        "with payload": {"a": 1},
        "in pages of one": ["tests.one"],
    }


async def test_events_and_entities_are_found_by_when_they_were_changed(demo: DemoServer) -> None:
    """What a proxy asks to catch up: all pages, the updated rows, the entities that moved."""
    log = demo.studio.events
    for number in range(5):
        log.dispatch(f"tests.number{number}")
    changed = log.dispatch("tests.installed", status="pending")
    moment = changed.updated_at
    log.update(changed, status="finished")
    project = demo.studio.projects[FILM]
    folder = next(iter(project.folders.values()))

    def ask() -> tuple[list[str], list[str], list[str]]:
        api = ServerAPI(demo.url, SERVICE_KEY)
        api.update_folder(FILM, folder.id, label="moved")
        newer = {"key": "updated_at", "operator": "gt", "value": moment.isoformat()}
        rows = api.post(
            "query", entity="event", filter={"conditions": [newer]}, limit=100, offset=0
        ).data
        found = api.query_graphql(
            "query M($p: String!, $f: String!) "
            "{ project(name: $p) { folders(filter: $f) { edges { node { id updatedAt } } } } }",
            {"p": FILM, "f": f'{{"conditions": [{_json(newer)}]}}'},
        ).data["data"]["project"]["folders"]["edges"]
        pages = _topics(api.get_events(newer_than=(moment - timedelta(hours=1)).isoformat()))
        return _topics(rows), [each["node"]["id"] for each in found], pages

    rows, folders, pages = await asyncio.to_thread(ask)
    assert "tests.installed" in rows
    assert folders == [folder.id]
    assert pages[:6] == [*(f"tests.number{n}" for n in range(5)), "tests.installed"]


def _json(condition: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": "{value}"' for key, value in condition.items()) + "}"


@contextmanager
def _hub(url: str, topic: str) -> Iterator[Callable[[], str]]:
    """A running event hub; call for the next topic it has heard."""
    heard: queue.Queue[str] = queue.Queue()

    def hear(event: Any) -> None:
        heard.put(event.topic)

    api = ServerAPI(url, SERVICE_KEY)
    api.get_info()
    hub = api.get_event_hub()
    hub.add_callback(topic, hear)
    try:
        yield lambda: heard.get(timeout=SECONDS)
    finally:
        hub.stop()


# The library leaves the socket that the server has closed to the garbage collector.
@pytest.mark.filterwarnings("ignore:.*socket.socket:pytest.PytestUnraisableExceptionWarning")
async def test_the_event_hub_hears_what_happens_and_comes_back_after_a_restart(
    demo: DemoServer,
) -> None:
    loop = asyncio.get_running_loop()

    def listen() -> list[str]:
        with _hub(demo.url, "*") as next_topic:
            found = [next_topic()]
            loop.call_soon_threadsafe(demo.studio.events.dispatch, "bundle.updated")
            found.append(_next_but(next_topic, "heartbeat"))
            asyncio.run_coroutine_threadsafe(demo.feed.restart(), loop).result(SECONDS)
            found.append(_next_but(next_topic, "heartbeat"))
            found.append(_next_but(next_topic, "heartbeat"))
            return found

    heard = ["connection.opened", "bundle.updated", "connection.closed", "connection.opened"]
    assert await asyncio.to_thread(listen) == heard
    gc.collect()


def _next_but(next_topic: Callable[[], str], ignored: str) -> str:
    topic = ignored
    while topic == ignored:
        topic = next_topic()
    return topic
