"""The websocket has the real server's manners (server.md 2.1, observed.md)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ayon_proxy.demo.clock import Pace
from ayon_proxy.demo.film import FILM, SECRET, SERVICE_KEY
from tests.demo.listening import SECONDS, Stage, stage


def _tell(on: Stage, topic: str, project: str | None = None, **event: Any) -> None:
    on.studio.events.dispatch(topic, project=project, **event)


async def test_authorization_is_not_answered() -> None:
    async with stage() as on, on.listening() as listener:
        assert await listener.heard() == []


@pytest.mark.parametrize(
    ("subscribe", "heard"),
    [
        (["*"], ["entity.folder.renamed", "entity.task.renamed", "bundle.updated"]),
        (["entity.folder"], ["entity.folder.renamed"]),
        (["entity."], ["entity.folder.renamed", "entity.task.renamed"]),
        (["entity.folder.*"], []),
        (["bundle.updated", "entity.task"], ["entity.task.renamed", "bundle.updated"]),
        ("entity", ["entity.folder.renamed", "entity.task.renamed"]),
        ([], []),
        (None, []),
    ],
)
async def test_subscriptions_are_prefixes(subscribe: Any, heard: list[str]) -> None:
    async with stage() as on, on.listening(subscribe=subscribe) as listener:
        _tell(on, "entity.folder.renamed", FILM)
        _tell(on, "entity.task.renamed", FILM)
        _tell(on, "bundle.updated")
        _tell(on, "server.started")
        found = [(await listener.next())["topic"] for _ in heard]
        assert found == heard
        assert (await listener.next())["topic"] == "server.started"


async def test_events_of_projects_reach_only_who_may_enter_at_login() -> None:
    async with stage() as on, on.listening(on.tokens["artist"]) as artist:
        on.studio.users["artist"].data["accessGroups"] = {SECRET: ["artist"]}
        _tell(on, "entity.folder.renamed", FILM)
        _tell(on, "entity.folder.renamed", SECRET)
        _tell(on, "settings.changed")
        heard = [(each["topic"], each["project"]) for each in await artist.heard()]
        assert heard == [("entity.folder.renamed", FILM), ("settings.changed", None)]


async def test_a_project_of_the_authorization_hides_the_others_but_not_inbox_messages() -> None:
    async with stage() as on, on.listening(project=FILM) as listener:
        _tell(on, "entity.folder.renamed", FILM)
        _tell(on, "entity.folder.renamed", SECRET)
        _tell(on, "inbox.message", SECRET, recipients=["service"], store=False)
        _tell(on, "inbox.message", FILM, recipients=["artist"], store=False)
        heard = [(each["topic"], each["project"]) for each in await listener.heard()]
        assert heard == [("entity.folder.renamed", FILM), ("inbox.message", SECRET)]


async def test_an_api_key_counts_only_while_it_has_a_session() -> None:
    async with stage() as on, on.listening(token=None) as listener:
        session = on.studio.sessions.pop(SERVICE_KEY)
        await listener.ask(SERVICE_KEY)
        _tell(on, "bundle.updated")
        on.studio.sessions[SERVICE_KEY] = session
        await listener.ask(SERVICE_KEY)
        assert await listener.heard() == []
        _tell(on, "bundle.created")
        assert [each["topic"] for each in await listener.heard()] == ["bundle.created"]


@pytest.mark.parametrize("text", ["{nope", "[1,2]", '{"a":1}', '{"topic":"hello"}', ""])
async def test_malformed_messages_change_nothing(text: str) -> None:
    async with stage() as on, on.listening() as listener:
        await listener.say(text)
        await listener.ask("bad-token", subscribe=[])
        _tell(on, "bundle.created")
        assert [each["topic"] for each in await listener.heard()] == ["bundle.created"]


async def test_a_socket_lives_on_after_its_user_has_logged_out() -> None:
    async with stage() as on, on.listening(on.tokens["artist"]) as artist:
        token = on.tokens["artist"]
        headers = {"authorization": f"Bearer {token}", "x-api-key": ""}
        await on.client.post("/api/auth/logout", headers=headers)
        answer = await on.client.get("/api/users/me", headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (401, "User logged out")
        _tell(on, "entity.folder.renamed", FILM)
        heard = [(each["topic"], each["summary"]) for each in await artist.heard()]
        assert heard == [("auth.logout", {"token": token}), ("entity.folder.renamed", {})]


async def test_a_socket_without_authorization_is_closed_in_silence() -> None:
    pace = Pace(unauthorized=0.01, quiet=0.01, heartbeat=60.0)
    async with stage(pace) as on, on.listening(token=None) as listener:
        with pytest.raises(ConnectionClosed) as closed:
            await listener.next()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "")


async def test_heartbeats_come_when_nothing_else_does_and_only_to_the_authorized() -> None:
    pace = Pace(unauthorized=60.0, quiet=0.01, heartbeat=0.02)
    async with (
        stage(pace) as on,
        on.listening(subscribe=[]) as listener,
        on.listening(token=None) as stranger,
    ):
        for _ in range(3):
            assert await listener.next() == {"topic": "heartbeat"}
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranger.socket.recv(), 0.05)


async def test_the_payload_is_not_sent_and_times_have_no_zone() -> None:
    async with stage() as on, on.listening() as listener:
        event = on.studio.events.dispatch("test.topic", payload={"a": 1}, summary={"b": 2})
        (message,) = await listener.heard()
        assert message["createdAt"] == event.created_at.replace(tzinfo=None).isoformat()
        assert "payload" not in message
        assert message["summary"] == {"b": 2}


async def test_a_restart_tells_then_closes_every_socket_and_begins_the_uptime_anew() -> None:
    async with stage() as on, on.listening() as listener:
        started = on.studio.started_at
        await on.client.post("/api/system/restart")
        assert (await listener.next())["topic"] == "server.restart_requested"
        with pytest.raises(ConnectionClosed) as closed:
            await listener.next()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert on.studio.started_at > started


@pytest.mark.parametrize("path", ["/ws/", "/", "/api/ws"])
async def test_other_paths_refuse_the_handshake_with_500(path: str) -> None:
    async with stage() as on:
        with pytest.raises(InvalidStatus) as refused:
            await connect(on.demo.url.replace("http", "ws") + path, open_timeout=SECONDS)
        assert refused.value.response.status_code == 500
