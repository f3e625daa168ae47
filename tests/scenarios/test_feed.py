"""The event feed before the demo server: whatever gets lost on the way is noticed.

The feed's own clock runs ten times faster where a test waits for an interval of it (`PACE`).
Broken once, to see the tests fail: no polling, no scan, no check of the anchor, no look at the
uptime, a cursor that is not recalled, a first proof that is not repeated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.clock import Pace
from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.people import ApiKey
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from ayon_proxy.policy.feed.bounds import LONGEST_GAP_EVENTS
from tests.support.running_feed import RunningFeed, running_feed

PACE = 10.0


@pytest.fixture
async def demo(film: Studio) -> AsyncIterator[DemoServer]:
    studio = deepcopy(film)
    studio.pace = Pace(quiet=0.2, heartbeat=0.5)
    async with DemoServer(studio) as demo:
        yield demo


@pytest.fixture
async def feed(demo: DemoServer, tmp_path: Path) -> AsyncIterator[RunningFeed]:
    async with running_feed(demo.url, tmp_path, SERVICE_KEY, [FILM], pace=PACE) as feed:
        await feed.live()
        yield feed


@pytest.fixture
async def client(demo: DemoServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"X-Api-Key": SERVICE_KEY}
    async with httpx.AsyncClient(base_url=demo.url, headers=headers) as client:
        yield client


def folder(demo: DemoServer) -> str:
    return next(iter(demo.studio.projects[FILM].folders))


async def relabel(client: httpx.AsyncClient, folder_id: str, label: str) -> None:
    """A change with an event, made elsewhere."""
    answer = await client.patch(f"/api/projects/{FILM}/folders/{folder_id}", json={"label": label})
    assert answer.status_code == 204


async def test_an_idle_socket_is_proved_within_a_second(film: Studio, tmp_path: Path) -> None:
    async with (
        DemoServer(deepcopy(film)) as demo,
        running_feed(demo.url, tmp_path, SERVICE_KEY, [FILM]) as feed,
    ):
        assert await feed.live() < 2.0
        demo.studio.events.hang_up(1000)
        await feed.until(lambda: not feed.watcher.live)
        assert await feed.until(lambda: feed.watcher.state.state != "lost") < 3.0
        assert await feed.live() < 1.0


async def test_an_event_is_applied_within_50_ms(
    demo: DemoServer, feed: RunningFeed, client: httpx.AsyncClient
) -> None:
    tag = f"entity:{folder(demo)}"
    for number in range(10):
        before = feed.invalidated(tag)
        await relabel(client, folder(demo), f"label {number}")
        # The answer comes after the event was sent.
        assert await feed.until(partial(feed.fell, tag, before)) < 0.05


async def test_what_happens_while_the_socket_is_cut_is_found_after_it(
    demo: DemoServer, feed: RunningFeed, client: httpx.AsyncClient
) -> None:
    demo.faults.go_down()
    await feed.until(lambda: not feed.watcher.live)
    await demo.faults.come_back()
    before = feed.invalidated(f"entity:{folder(demo)}")
    unstored = feed.invalidated(f"type:{FILM}:activity")
    await relabel(client, folder(demo), "while nobody looked")
    await feed.live()
    assert feed.invalidated(f"entity:{folder(demo)}") > before
    assert feed.invalidated(f"type:{FILM}:activity") > unstored


async def test_a_socket_that_sticks_is_given_up(
    demo: DemoServer, feed: RunningFeed, client: httpx.AsyncClient
) -> None:
    assert demo.feed.stick() == 1
    await relabel(client, folder(demo), "told to nobody")
    await feed.until(lambda: not feed.watcher.live)
    await feed.live()
    assert feed.watcher.state.applied


async def test_a_message_that_is_lost_is_repaired_within_30_s(
    demo: DemoServer, feed: RunningFeed, client: httpx.AsyncClient
) -> None:
    demo.feed.lose("^entity", stored=True)
    tag, unstored = f"entity:{folder(demo)}", f"type:{FILM}:activity"
    before, dropped = feed.invalidated(tag), feed.invalidated(unstored)
    await relabel(client, folder(demo), "never told")
    took = await feed.until(lambda: feed.invalidated(tag) > before)
    took += await feed.until(lambda: feed.invalidated(unstored) > dropped)
    assert took * PACE < 30.0
    assert feed.watcher.live


async def test_a_change_without_an_event_is_found(demo: DemoServer, feed: RunningFeed) -> None:
    version = next(iter(demo.studio.projects[FILM].versions.values()))
    before = feed.invalidated(f"entity:{version.id}")
    version.updated_at = demo.studio.clock()
    took = await feed.until(lambda: feed.invalidated(f"entity:{version.id}") > before)
    assert took * PACE < 40.0


async def test_nothing_is_invalidated_while_nothing_happens(
    demo: DemoServer, feed: RunningFeed, client: httpx.AsyncClient
) -> None:
    sequence = feed.tags.sequence
    await relabel(client, folder(demo), "once")
    # By the event, by the scan that finds the folder changed, and when upstream has settled.
    sequence += 3
    await feed.until(lambda: feed.tags.sequence >= sequence)
    asked = len(demo.requests)
    await feed.until(lambda: len(demo.requests) > asked + 10)
    assert feed.tags.sequence == sequence
    assert feed.watcher.live


async def test_an_event_that_shows_up_late_with_a_lower_number_is_found(
    demo: DemoServer, feed: RunningFeed, client: httpx.AsyncClient
) -> None:
    tag = f"entity:{folder(demo)}"
    late, lost = demo.feed.commit_late("^entity", times=1), demo.feed.lose("^entity", times=1)
    before = feed.invalidated(tag)
    await relabel(client, folder(demo), "not committed yet")
    demo.feed.burn(3)
    demo.studio.events.dispatch("user.log_fail")
    order = demo.studio.events.last_order
    await feed.until(lambda: feed.watcher.state.cursor == order)
    assert feed.invalidated(tag) == before
    assert (late.hits, lost.hits) == (1, 1)
    late.release()
    await feed.until(lambda: feed.invalidated(tag) > before)


async def test_a_restart_is_noticed(demo: DemoServer, feed: RunningFeed) -> None:
    before = feed.invalidated("settings"), feed.invalidated("static")
    await demo.feed.restart()
    await feed.until(lambda: not feed.watcher.live)
    await feed.live()
    assert min(feed.invalidated("settings"), feed.invalidated("static")) > max(before)


async def test_another_version_is_noticed(demo: DemoServer, feed: RunningFeed) -> None:
    before = feed.invalidated("schema")
    demo.feed.upgrade("1.17.0", [replace(demo.studio.attributes[0], name="mood")])
    await feed.until(lambda: feed.watcher.upstream_version == "1.17.0")
    await feed.live()
    assert feed.invalidated("schema") > before


async def test_a_database_that_was_swapped_drops_everything(
    film: Studio, demo: DemoServer, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    await relabel(client, folder(demo), "an anchor")
    async with running_feed(demo.url, tmp_path, SERVICE_KEY, [FILM]) as feed:
        await feed.live()
        before = feed.invalidated("everything")
    for event in list(demo.studio.events.stored.values()):
        demo.studio.events.forget(event)
    for _ in range(50):
        demo.studio.events.dispatch("entity.folder.renamed", project=FILM)
    async with running_feed(demo.url, tmp_path, SERVICE_KEY) as feed:
        assert feed.invalidated("everything") == before
        await feed.live()
        assert feed.invalidated("everything") > before


async def test_a_gap_of_thousands_of_events_is_caught_up_with(
    demo: DemoServer, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    await relabel(client, folder(demo), "an anchor")
    async with running_feed(demo.url, tmp_path, SERVICE_KEY, [FILM]) as feed:
        await feed.live()
        flushed = feed.invalidated("everything")
    missed = [f"{number:032x}" for number in range(3_000)]
    for entity in missed:
        summary = {"entityId": entity, "parentId": None}
        demo.studio.events.dispatch("entity.folder.label_changed", project=FILM, summary=summary)
    async with running_feed(demo.url, tmp_path, SERVICE_KEY) as feed:
        print(f"{len(missed)} events missed: live after {await feed.live(120):.2f} s")
        assert all(feed.invalidated(f"entity:{entity}") for entity in missed)
        assert feed.invalidated("everything") == flushed
        assert feed.invalidated("answers") == 0


async def test_a_gap_that_is_too_long_drops_all_answers_but_no_files(
    demo: DemoServer, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    await relabel(client, folder(demo), "an anchor")
    async with running_feed(demo.url, tmp_path, SERVICE_KEY, [FILM]) as feed:
        await feed.live()
        flushed = feed.invalidated("everything")
    demo.feed.burn(LONGEST_GAP_EVENTS)
    demo.studio.events.dispatch("entity.folder.label_changed", project=FILM)
    async with running_feed(demo.url, tmp_path, SERVICE_KEY) as feed:
        await feed.live()
        assert feed.invalidated("answers") > 0
        assert feed.invalidated("everything") == flushed


async def test_a_restart_of_the_proxy_drops_only_what_changed_meanwhile(
    demo: DemoServer, tmp_path: Path, client: httpx.AsyncClient
) -> None:
    changed, *others = demo.studio.projects[FILM].folders
    async with running_feed(demo.url, tmp_path, SERVICE_KEY, [FILM]) as feed:
        await feed.live()
        sequence = feed.tags.sequence
    await relabel(client, changed, "meanwhile")
    async with running_feed(demo.url, tmp_path, SERVICE_KEY) as feed:
        assert not feed.watcher.live
        await feed.live()
        assert feed.invalidated(f"entity:{changed}") > sequence
        assert not any(feed.invalidated(f"entity:{other}") > sequence for other in others)
        coarse = ("everything", "answers", f"project:{FILM}", f"answers:{FILM}")
        assert not any(feed.invalidated(tag) > sequence for tag in coarse)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("no-such-key", "Upstream does not accept the service key"),
        ("key-of-an-artist", "The key belongs to a user who is neither a service nor an admin"),
    ],
)
async def test_a_key_that_is_of_no_use_is_told_plainly(
    demo: DemoServer, tmp_path: Path, key: str, sentence: str
) -> None:
    demo.studio.api_keys["key-of-an-artist"] = ApiKey(
        key="key-of-an-artist", user_name="artist", id="artist"
    )
    async with running_feed(demo.url, tmp_path, key, pace=PACE) as feed:
        await feed.until(lambda: sentence in (feed.watcher.state.detail or ""))
        assert feed.watcher.state.state == "lost"
        assert "only the short lifetimes apply" in (feed.watcher.state.detail or "")
        assert key not in str(feed.watcher.state)


async def test_a_key_that_is_withdrawn_loses_the_feed(demo: DemoServer, feed: RunningFeed) -> None:
    demo.studio.api_keys.clear()
    demo.studio.sessions.clear()
    await feed.until(lambda: feed.watcher.state.state == "lost")
    assert not feed.watcher.live
