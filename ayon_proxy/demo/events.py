"""The event log, and those who listen to it (server.md 1.1, 2).

An event that is not stored is only broadcast: nobody can read it back. A listener is told of every
message at once; whether its user may see it is decided in `websocket`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from ayon_proxy.demo.clock import Clock


@dataclass(kw_only=True, slots=True)
class Event:
    """A row of the log. `payload` is never sent over the websocket."""

    id: str
    hash: str
    topic: str
    created_at: datetime
    updated_at: datetime
    creation_order: int = 0
    project: str | None = None
    user: str | None = None
    sender: str | None = None
    sender_type: str | None = "api"
    depends_on: str | None = None
    description: str = ""
    status: str = "finished"
    progress: float = 100
    retries: int = 0
    summary: dict[str, Any] = field(default_factory=dict)
    payload: dict[str, Any] = field(default_factory=dict)
    stored: bool = True


@dataclass(kw_only=True, slots=True, frozen=True)
class Message:
    """What goes to the listeners: the JSON document, and the only users who may have it."""

    body: dict[str, Any]
    recipients: frozenset[str] | None = None
    close: int | None = None
    """A close code instead of a message: the server is going away."""


Listener: TypeAlias = Callable[[Message], None]


@dataclass(kw_only=True)
class EventLog:
    """Stored events by id in creation order, and those who listen now."""

    clock: Clock
    new_id: Callable[[], str]
    stored: dict[str, Event] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    last_order: int = 0

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Have the listener called with every message for as long as the block runs."""
        self.listeners.append(listener)
        try:
            yield
        finally:
            self.listeners.remove(listener)

    def dispatch(  # the server's EventStream.dispatch has as many
        self,
        topic: str,
        *,
        project: str | None = None,
        user: str | None = None,
        sender: str | None = None,
        sender_type: str | None = "api",
        description: str = "",
        summary: dict[str, Any] | None = None,
        payload: dict[str, Any] | None = None,
        status: str = "finished",
        progress: float = 100,
        depends_on: str | None = None,
        hash_: str | None = None,
        store: bool = True,
        recipients: Collection[str] | None = None,
    ) -> Event:
        """Store the event (unless it is broadcast only) and tell every listener.

        A `hash_` that is already there reuses its row: the old creation order, a new id (1.1).
        """
        now = self.clock()
        event_id = self.new_id()
        event = Event(
            id=event_id,
            hash=hash_ or event_id,
            topic=topic,
            created_at=now,
            updated_at=now,
            project=project,
            user=user,
            sender=sender,
            sender_type=sender_type,
            depends_on=depends_on,
            description=description,
            status=status,
            progress=progress,
            summary=summary or {},
            payload=payload or {},
            stored=store,
        )
        if store:
            self._store(event)
        self.broadcast(event, recipients)
        return event

    def _store(self, event: Event) -> None:
        reused = next((each for each in self.stored.values() if each.hash == event.hash), None)
        if reused is not None:
            del self.stored[reused.id]
            event.creation_order = reused.creation_order
            event.created_at = reused.created_at
        else:
            self.last_order += 1
            event.creation_order = self.last_order
        self.stored[event.id] = event

    def update(self, event: Event, **changes: Any) -> None:
        """Change a stored event's columns and tell every listener, who can see that it is one.

        Unlike new events, updates have times with a zone, no `store`, and a progress only if it
        has changed (mutations/events).
        """
        for column, value in changes.items():
            setattr(event, column, value)
        event.updated_at = self.clock()
        body = message_body(event)
        del body["store"]
        body["progress"] = changes.get("progress")
        body["createdAt"] = event.created_at.isoformat()
        body["updatedAt"] = event.updated_at.isoformat()
        self._tell(Message(body=body))

    def broadcast(self, event: Event, recipients: Collection[str] | None = None) -> None:
        """Tell every listener of an event's present state, without storing anything."""
        message = Message(
            body=message_body(event),
            recipients=None if recipients is None else frozenset(recipients),
        )
        self._tell(message)

    def _tell(self, message: Message) -> None:
        for listener in self.listeners:
            listener(message)

    def hang_up(self, code: int) -> None:
        """Have every socket closed with this code, after what has been said before."""
        self._tell(Message(body={}, close=code))

    def in_order(self) -> list[Event]:
        """Stored events by creation order (a reused row keeps its place)."""
        return sorted(self.stored.values(), key=lambda event: event.creation_order)


def message_body(event: Event) -> dict[str, Any]:
    """The event as a websocket message: naive times, no payload (server.md 1.1)."""
    return {
        "topic": event.topic,
        "project": event.project,
        "user": event.user,
        "sender": event.sender,
        "senderType": event.sender_type,
        "id": event.id,
        "dependsOn": event.depends_on,
        "description": event.description,
        "summary": event.summary,
        "status": event.status,
        "progress": event.progress,
        "store": event.stored,
        "createdAt": event.created_at.replace(tzinfo=None).isoformat(),
        "updatedAt": event.updated_at.replace(tzinfo=None).isoformat(),
    }
