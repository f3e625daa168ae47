"""Faults of the event feed do what they say, on real sockets (server.md 1.1, 2.1, 2.3)."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from ayon_proxy.demo.attribute_set import complete
from ayon_proxy.demo.backup import Backup
from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.clock import Pace
from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.many_changes import relabel_tasks
from ayon_proxy.demo.mishaps import Mishap, happen
from tests.demo.listening import SECONDS, Listener, Stage, stage

EVENTS = """query Events($after: String, $newer: String, $last: Int) {
  events(first: 500, after: $after, newerThan: $newer, last: $last)
  { edges { cursor node { id topic createdAt updatedAt } } } }"""


def _tell(on: Stage, topic: str, **event: Any) -> str:
    return on.studio.events.dispatch(topic, **event).id


def _topics(messages: list[dict[str, Any]]) -> list[str]:
    return [each["topic"] for each in messages]


async def _readable(on: Stage, **variables: Any) -> list[str]:
    answer = await on.client.post("/graphql", json={"query": EVENTS, "variables": variables})
    return [each["node"]["topic"] for each in answer.json()["data"]["events"]["edges"]]


async def _closed(listener: Listener) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        await listener.next()
    return closed.value.rcvd.code if closed.value.rcvd else None


async def test_a_stuck_socket_stays_open_answers_pings_and_is_told_nothing() -> None:
    pace = Pace(unauthorized=60, quiet=0.01, heartbeat=0.01)
    async with stage(pace) as on, on.listening() as stuck:
        await stuck.next()
        assert on.demo.feed.stick() == 1
        async with on.listening(subscribe=["bundle"]) as well:
            _tell(on, "bundle.updated")
            while (await well.next())["topic"] != "bundle.updated":
                pass  # heartbeats
        await asyncio.wait_for(await stuck.socket.ping(), SECONDS)
        _tell(on, "bundle.lost")
        on.demo.feed.unstick()
        _tell(on, "bundle.created")
        heard = [await stuck.next()]
        while heard[-1]["topic"] == "heartbeat":
            heard.append(await stuck.next())
        assert heard[-1]["topic"] == "bundle.created"


async def test_a_stuck_socket_has_no_heartbeats() -> None:
    pace = Pace(unauthorized=60, quiet=0.01, heartbeat=0.01)
    async with stage(pace) as on, on.listening() as stuck:
        await stuck.next()
        on.demo.feed.stick()
        await on.client.get("/api/users/me")
        for _ in range(20):  # what was on its way before
            try:
                await asyncio.wait_for(stuck.socket.recv(), 0.2)
            except TimeoutError:
                return
        pytest.fail("there is always another heartbeat")


@pytest.mark.parametrize(
    ("stored", "heard"),
    [(True, ["b.broadcast"]), (False, ["a.stored"]), (None, [])],
    ids=["stored", "broadcast", "any"],
)
async def test_a_lost_message_is_not_told_but_its_row_is_there(
    stored: bool | None, heard: list[str]
) -> None:
    async with stage() as on, on.listening() as listener:
        fault = on.demo.feed.lose("^[ab][.]", stored=stored)
        _tell(on, "a.stored")
        _tell(on, "b.broadcast", store=False)
        assert _topics(await listener.heard()) == heard
        assert "a.stored" in await _readable(on)
        assert fault.hits == 2 - len(heard)


async def test_a_fault_applies_as_often_as_told() -> None:
    async with stage() as on, on.listening() as listener:
        on.demo.feed.lose("^entity", times=1)
        for number in range(3):
            _tell(on, f"entity.x{number}")
        assert _topics(await listener.heard()) == ["entity.x1", "entity.x2"]


async def test_held_messages_come_in_order_after_their_release() -> None:
    async with stage() as on, on.listening() as listener:
        fault = on.demo.feed.hold("^entity")
        for topic in ("entity.one", "bundle.updated", "entity.two"):
            _tell(on, topic)
        assert _topics(await listener.heard()) == ["bundle.updated"]
        fault.release()
        _tell(on, "entity.three")
        assert _topics(await listener.heard()) == ["entity.one", "entity.two", "entity.three"]


async def test_delayed_messages_come_later_in_their_order() -> None:
    async with stage() as on, on.listening() as listener:
        on.demo.feed.delay(0.05, "^entity")
        for topic in ("entity.one", "entity.two", "bundle.updated"):
            _tell(on, topic)
        heard = [await listener.next() for _ in range(3)]
        assert _topics(heard) == ["bundle.updated", "entity.one", "entity.two"]


async def test_a_crash_between_commit_and_dispatch_loses_the_event_for_good() -> None:
    async with stage() as on, on.listening() as listener:
        on.demo.feed.crash("^entity.folder", times=1)
        folder = next(iter(on.studio.projects[FILM].folders.values()))
        await on.patch(f"/folders/{folder.id}", {"label": "A change nobody is told of"})
        await on.demo.feed.restart()
        assert await _closed(listener) == 1012
        assert on.studio.projects[FILM].folders[folder.id].label == "A change nobody is told of"
        assert "entity.folder.label_changed" not in await _readable(on)


async def test_a_restart_lets_the_uptime_drop_and_requests_wait_for_its_end() -> None:
    async with stage() as on, on.listening() as listener:
        before = (await on.client.get("/api/info")).json()["uptime"]
        restarting = asyncio.create_task(on.demo.feed.restart(0.1))
        assert await _closed(listener) == 1012
        answer = await on.client.get("/api/info")
        assert restarting.done()
        assert (answer.json()["uptime"], before) == (0.0, 3600.0)
        assert (await _readable(on))[-1] == "server.started"


async def test_a_late_row_has_a_lower_number_than_rows_that_were_there_before() -> None:
    async with stage() as on, on.listening() as listener:
        fault = on.demo.feed.commit_late("^link")
        _tell(on, "link.created")
        _tell(on, "entity.after")
        assert _topics(await listener.heard()) == ["link.created", "entity.after"]
        assert (await _readable(on))[-1:] == ["entity.after"]
        fault.release()
        assert (await _readable(on))[-2:] == ["link.created", "entity.after"]


async def test_burnt_numbers_are_holes_and_a_reused_row_keeps_its_place_under_a_new_id() -> None:
    async with stage() as on:
        log = on.studio.events
        first = log.dispatch("server.restart_required", hash_="server.restart_required")
        on.demo.feed.burn(5)
        other = log.dispatch("entity.x")
        again = log.dispatch("server.restart_required", hash_="server.restart_required")
        assert other.creation_order == first.creation_order + 6
        assert again.creation_order == first.creation_order
        assert first.id not in log.stored
        assert log.stored[again.id] is again


async def test_an_upgrade_changes_version_and_attributes_and_restarts() -> None:
    async with stage() as on, on.listening() as listener:
        more = AttributeDefinition(
            name="stereo", position=99, scope=["folder"], data=complete({"type": "boolean"})
        )
        on.demo.feed.upgrade("1.17.0", [more])
        assert await _closed(listener) == 1012
        info = (await on.client.get("/api/info")).json()
        assert (info["version"], info["attributes"][-1]["name"]) == ("1.17.0", "stereo")


async def test_a_restored_database_is_the_older_one_and_sessions_go_on() -> None:
    async with stage() as on:
        _tell(on, "entity.before")
        backup = Backup(on.studio)
        folder = next(iter(on.studio.projects[FILM].folders.values()))
        await on.patch(f"/folders/{folder.id}", {"label": "Lost"})
        order = on.studio.events.last_order
        for _ in range(2):  # as often as wanted
            backup.restore(on.studio)
            assert on.studio.projects[FILM].folders[folder.id].label is None
            assert on.studio.events.last_order < order
            assert (await _readable(on))[-1] == "entity.before"
            await on.patch(f"/folders/{folder.id}", {"label": "Lost again"})
        me = {"x-api-key": "", "authorization": f"Bearer {on.tokens['artist']}"}
        assert (await on.client.get("/api/users/me", headers=me)).status_code == 200


async def test_a_swapped_database_has_other_events() -> None:
    async with stage() as on:
        mine = _tell(on, "entity.mine")
        other = small_film()
        theirs = other.events.dispatch("entity.theirs").id
        Backup(other).restore(on.studio)
        assert (await on.client.get(f"/api/events/{mine}")).status_code == 404
        assert (await on.client.get(f"/api/events/{theirs}")).status_code == 200


async def test_ten_thousand_changes_are_as_many_events() -> None:
    async with stage() as on:
        before = on.studio.events.last_order
        relabel_tasks(on.studio, on.studio.projects[FILM], 10_000)
        assert on.studio.events.last_order == before + 10_000
        assert len(await _readable(on)) == 500


async def test_clearing_lets_what_waits_come() -> None:
    async with stage() as on, on.listening() as listener:
        on.demo.feed.hold("^entity")
        on.demo.feed.commit_late("^entity")
        on.demo.feed.stick()
        on.demo.feed.unstick()
        _tell(on, "entity.one")
        on.demo.feed.clear()
        _tell(on, "entity.two")
        assert _topics(await listener.heard()) == ["entity.one", "entity.two"]
        assert (await _readable(on))[-2:] == ["entity.one", "entity.two"]


@pytest.mark.parametrize("mishap", Mishap)
async def test_after_any_mishap_has_been_cleared_the_feed_works_again(mishap: Mishap) -> None:
    async with stage() as on:
        await happen(on.demo, mishap)
        _tell(on, "entity.during")
        on.demo.feed.clear()
        await on.client.get("/api/users/me")
        async with on.listening(SERVICE_KEY) as listener:
            _tell(on, "entity.after")
            assert _topics(await listener.heard()) == ["entity.after"]
            assert (await _readable(on))[-1] == "entity.after"


async def test_a_cursor_can_be_made_and_times_without_zone_are_utc() -> None:
    async with stage() as on:
        _tell(on, "entity.one")
        two = on.studio.events.dispatch("entity.two")
        _tell(on, "entity.three")
        assert (await _readable(on, after=_cursor(two.creation_order)))[:1] == ["entity.three"]
        moment = (two.created_at - timedelta(microseconds=1)).replace(tzinfo=None).isoformat()
        assert (await _readable(on, newer=moment))[:2] == ["entity.two", "entity.three"]


def _cursor(order: int) -> str:
    return b64encode(f"[{order}]".encode()).decode()
