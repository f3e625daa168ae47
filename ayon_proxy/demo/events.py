"""The event log, and those who listen to it (server.md 1.1, 2).

An event that is not stored is only broadcast: nobody can read it back. A listener is told of every
message at once; whether its user may see it is decided in `websocket`.

    dispatch ─► `crash`? ─► number ─► stored, or not yet committed ─► `passage` ─► listeners

`crash` and `passage` are where `feed_faults` steps in.
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


Tell: TypeAlias = Callable[[Message], None]
Passage: TypeAlias = Callable[[Message, Tell], None]
"""Takes a message that is to be told, now, later or never."""


@dataclass(eq=False, slots=True)
class Listening:
    """One who listens. While `stuck`, nothing is told and nothing may be said (see `websocket`)."""

    tell: Tell
    stuck: bool = False


@dataclass(kw_only=True)
class EventLog:
    """Stored events by id in creation order, and those who listen now.

    Remove events with `forget` only: `by_hash` goes along with `stored`.
    """

    clock: Clock
    new_id: Callable[[], str]
    stored: dict[str, Event] = field(default_factory=dict)
    by_hash: dict[str, Event] = field(default_factory=dict)
    listeners: list[Listening] = field(default_factory=list)
    last_order: int = 0
    """The last number given out. Numbers need not be those of stored events (server.md 2.3)."""
    crash: Callable[[Event], bool] = lambda _: False
    """Whether the server dies before it dispatches this event."""
    commits_late: Callable[[Event], bool] = lambda _: False
    """Whether the row of this event shows up only at `commit`."""
    passage: Passage = lambda message, tell: tell(message)

    @contextmanager
    def listening(self, tell: Tell) -> Iterator[Listening]:
        """Have `tell` called with every message for as long as the block runs."""
        listener = Listening(tell)
        self.listeners.append(listener)
        try:
            yield listener
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
        committed: bool = True,
        recipients: Collection[str] | None = None,
    ) -> Event:
        """Store the event (unless it is broadcast only) and tell every listener.

        A `hash_` that is already there reuses its row: the old creation order, a new id (1.1).
        One that is not `committed` has its number and is told of, but nobody can read it before
        `commit`: so it is with events of longer transactions (2.3).
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
        if self.crash(event):
            return event
        if store:
            self._number(event)
            if committed:
                self.commit(event)
        self.broadcast(event, recipients)
        return event

    def _number(self, event: Event) -> None:
        self.last_order += 1
        reused = self.by_hash.get(event.hash)
        if reused is None:
            event.creation_order = self.last_order
        else:  # the new number is burnt
            event.creation_order = reused.creation_order
            event.created_at = reused.created_at

    def commit(self, event: Event) -> None:
        """Make the event readable, unless `commits_late`. One that was only broadcast never is."""
        if event.creation_order and not self.commits_late(event):
            self.show(event)

    def show(self, event: Event) -> None:
        """Make the event readable, in the place of one with the same hash."""
        reused = self.by_hash.get(event.hash)
        if reused is not None:
            self.forget(reused)
        self.stored[event.id] = event
        self.by_hash[event.hash] = event

    def forget(self, event: Event) -> None:
        """Delete a stored event; nobody is told."""
        self.stored.pop(event.id, None)
        self.by_hash.pop(event.hash, None)

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
        self.passage(message, self._tell_all)

    def _tell_all(self, message: Message) -> None:
        for listener in self.listeners:
            if not listener.stuck:
                listener.tell(message)

    def hang_up(self, code: int) -> None:
        """Have every socket closed with this code, after what has been said before."""
        for listener in self.listeners:
            listener.stuck = False
        self._tell_all(Message(body={}, close=code))

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
