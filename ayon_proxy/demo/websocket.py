"""`/ws`: events as they happen, with the real server's manners (server.md 2.1, observed.md).

No answer to an authorization, ever. What a session may see is decided by the snapshot it was
opened with and never again: a socket goes on after a logout or a loss of rights. API keys count
only if they have a session. Heartbeats come only when nothing else does.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ayon_proxy.demo.credentials import live_session
from ayon_proxy.demo.events import Message
from ayon_proxy.demo.people import User
from ayon_proxy.demo.studio import Studio

GUEST_TOPICS = ("activity.created", "activity.updated", "entity.version.updated", "heartbeat")
ALWAYS = ("server.started", "server.restart_requested")
"""Topics that come without having been subscribed to."""


@dataclass(slots=True)
class Listener:
    """What one socket is authorized for and wants; nothing at first."""

    user: User | None = None
    prefixes: list[str] = field(default_factory=list)
    project: str | None = None

    def obey(self, studio: Studio, text: str) -> None:
        """Take a client's message: only a well-formed authorization has an effect."""
        try:
            order = orjson.loads(text)
        except orjson.JSONDecodeError:
            return
        if not isinstance(order, dict) or order.get("topic") != "auth":
            return
        session = live_session(studio, str(order.get("token")))
        if session is None:  # an earlier authorization stays
            return
        self.user = session.user
        self.prefixes = list(order.get("subscribe") or ())  # a string is taken letter by letter
        self.project = order.get("project")

    def wants(self, message: Message) -> bool:
        """Whether the server sends this message to this socket."""
        user, topic, project = self.user, message.body["topic"], message.body["project"]
        if user is None:
            return False
        if message.recipients is not None and user.name not in message.recipients:
            return False
        if project is not None and not self._may_see(user, topic, project):
            return False
        return topic in ALWAYS or any(p == "*" or topic.startswith(p) for p in self.prefixes)

    def _may_see(self, user: User, topic: str, project: str) -> bool:
        elsewhere = self.project is not None and self.project != project
        if elsewhere and topic != "inbox.message":
            return False
        if user.is_guest:
            return topic in GUEST_TOPICS
        return user.is_manager or project in user.access_groups


async def listen(socket: WebSocket) -> None:
    """Serve one socket until either side closes it."""
    studio: Studio = socket.app.state.studio
    await socket.accept()
    listener = Listener()
    reading = asyncio.create_task(_read(socket, studio, listener))
    writing = asyncio.create_task(_write(socket, studio, listener))
    done, rest = await asyncio.wait({reading, writing}, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    for task in done:
        task.result()


async def _read(socket: WebSocket, studio: Studio, listener: Listener) -> None:
    while True:
        received = await socket.receive()
        text = received.get("text")
        if received["type"] == "websocket.disconnect" or text is None:
            return  # upstream drops the connection at a binary frame
        listener.obey(studio, text)


async def _write(socket: WebSocket, studio: Studio, listener: Listener) -> None:
    pace = studio.pace
    opened = last_heartbeat = time.monotonic()
    happened: asyncio.Queue[Message | None] = asyncio.Queue()

    def judge(message: Message) -> None:
        """What a socket may hear is decided when it is said; None is something for others."""
        mine = message.close is not None or listener.wants(message)
        happened.put_nowait(message if mine else None)

    with studio.events.listening(judge) as place:
        while True:
            try:
                message, quiet = await asyncio.wait_for(happened.get(), pace.quiet), False
            except TimeoutError:
                message, quiet = None, True
            now = time.monotonic()
            if place.stuck:  # what was under way is lost as well
                continue
            if message is not None and message.close is not None:
                with suppress(WebSocketDisconnect):  # it has gone by itself
                    await socket.close(message.close)
                return
            if listener.user is None and now - opened > pace.unauthorized:
                await socket.close(1000)
                return
            if message is not None:
                await _send(socket, message.body)
            elif quiet and now - last_heartbeat > pace.heartbeat:
                last_heartbeat = now
                if listener.user is not None:
                    await _send(socket, {"topic": "heartbeat"})


async def _send(socket: WebSocket, body: dict[str, Any]) -> None:
    try:
        await socket.send_text(orjson.dumps(body).decode())
    except WebSocketDisconnect:
        return


async def refuse(socket: WebSocket) -> None:
    """Any other path, `/ws/` included: the handshake is answered with 500."""
    await socket.send_denial_response(PlainTextResponse("Internal Server Error", 500))


routes = [WebSocketRoute("/ws", listen), WebSocketRoute("/{path:path}", refuse)]
