"""What can go wrong between upstream's events and those who listen, on request (server.md 2).

`DemoServer.feed` is one of these. Faults of events answer with a `FeedFault`; like those of
`faults` they count what they did (`hits`), and last until `clear`:

    demo.feed.stick()                            sockets stay open and are told nothing any more
    demo.feed.lose("^entity", stored=True)       the row is there, the message never comes
    demo.feed.lose(stored=False, times=1)        a broadcast is lost, and nobody can read it back
    demo.feed.hold("^activity")                  messages come after `release()`
    demo.feed.delay(0.2)                         messages come that much later, in their order
    demo.feed.crash("^entity")                   the change is made, its event never is
    demo.feed.commit_late("^link")               message and number now, the row after `release()`
    demo.feed.burn(4)                            numbers that no event will have
    await demo.feed.restart()                    sockets end with 1012, the uptime begins anew
    demo.feed.upgrade("1.17.0", extra)           another version, another set of attributes
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.events import Event, Message, Tell
from ayon_proxy.demo.faults import Faults, Kind
from ayon_proxy.demo.studio import Studio


class Effect(StrEnum):
    """What a fault does to an event."""

    LOSE = "lose"
    HOLD = "hold"
    DELAY = "delay"
    CRASH = "crash"
    COMMIT_LATE = "commit_late"


@dataclass(eq=False)
class FeedFault:
    """One thing to go wrong with events whose topic `match` is found in.

    `stored` None is any event, else only those that can, or cannot, be read back. `times` limits
    how many events it applies to; None is all of them. `waiting` is what `release` lets go on.
    """

    effect: Effect
    match: str = ""
    stored: bool | None = None
    times: int | None = None
    seconds: float = 0.0
    hits: int = field(default=0, init=False)
    released: bool = field(default=False, init=False)
    waiting: list[tuple[Message, Tell]] = field(default_factory=list, init=False)
    uncommitted: list[Event] = field(default_factory=list, init=False)
    studio: Studio = field(kw_only=True, repr=False)

    def hit(self, topic: str, *, stored: bool) -> bool:
        """Whether it applies to this event; if so, it is counted."""
        if self.released or (self.times is not None and self.hits >= self.times):
            return False
        if self.stored not in (None, stored) or not re.search(self.match, topic):
            return False
        self.hits += 1
        return True

    def release(self) -> None:
        """What waits comes now, in its order; nothing more happens to later events."""
        self.released = True
        while self.waiting:
            self.next()
        while self.uncommitted:
            self.studio.events.show(self.uncommitted.pop(0))

    def next(self) -> None:
        """The first message that waits is told, if there is one."""
        if self.waiting:
            message, tell = self.waiting.pop(0)
            tell(message)


class FeedFaults:
    """The faults of one studio's events. `http` are those of the requests to the same server."""

    def __init__(self, studio: Studio, http: Faults) -> None:
        self.studio = studio
        self.http = http
        self.active: list[FeedFault] = []
        studio.events.crash = self._crashes
        studio.events.commits_late = self._commits_late
        studio.events.passage = self._pass

    def stick(self) -> int:
        """The sockets that are open stay so, answer pings and are told nothing; how many.

        Not even heartbeats. Sockets opened later are well. Without end: `unstick` tells later
        messages only, those of the meantime are lost.
        """
        for listener in self.studio.events.listeners:
            listener.stuck = True
        return len(self.studio.events.listeners)

    def unstick(self) -> None:
        """Sockets are told of what happens from now on."""
        for listener in self.studio.events.listeners:
            listener.stuck = False

    def lose(
        self, match: str = "", *, stored: bool | None = None, times: int | None = None
    ) -> FeedFault:
        """Messages that are never told; what is stored can be read back."""
        return self._add(Effect.LOSE, match, stored=stored, times=times)

    def hold(
        self, match: str = "", *, stored: bool | None = None, times: int | None = None
    ) -> FeedFault:
        """Messages that are told only after `release()`."""
        return self._add(Effect.HOLD, match, stored=stored, times=times)

    def delay(self, seconds: float, match: str = "", *, stored: bool | None = None) -> FeedFault:
        """Messages that are told that much later."""
        return self._add(Effect.DELAY, match, stored=stored, seconds=seconds)

    def crash(self, match: str = "", *, times: int | None = None) -> FeedFault:
        """Events that are never made, as if the server died between commit and dispatch (1.1)."""
        return self._add(Effect.CRASH, match, times=times)

    def commit_late(self, match: str = "", *, times: int | None = None) -> FeedFault:
        """Stored events that are told at once and can be read only after `release()` (2.3)."""
        return self._add(Effect.COMMIT_LATE, match, stored=True, times=times)

    def burn(self, numbers: int) -> None:
        """Leave a hole in the order of events, as a rollback does (2.3)."""
        self.studio.events.last_order += numbers

    async def restart(self, seconds: float = 0.0) -> None:
        """The server dies and comes back; meanwhile requests are accepted and wait (observed.md).

        Nobody asked for it, so nothing is said beforehand.
        """
        away = self.http.add("", Kind.HOLD) if seconds else None
        self.studio.restart()
        if away is not None:
            await asyncio.sleep(seconds)
            self.http.active.remove(away)
            away.release()

    def upgrade(self, version: str, more: Iterable[AttributeDefinition] = ()) -> None:
        """Another version that has more attributes, after the restart that it takes."""
        self.studio.version = version
        self.studio.attributes = [*self.studio.attributes, *more]
        self.studio.restart()

    def clear(self) -> None:
        """Nothing goes wrong any more; what waits comes."""
        for fault in self.active:
            fault.release()
        self.active.clear()
        self.unstick()

    def _add(
        self,
        effect: Effect,
        match: str,
        *,
        stored: bool | None = None,
        times: int | None = None,
        seconds: float = 0.0,
    ) -> FeedFault:
        fault = FeedFault(effect, match, stored, times, seconds, studio=self.studio)
        self.active.append(fault)
        return fault

    def _hit(self, effects: tuple[Effect, ...], topic: str, *, stored: bool) -> FeedFault | None:
        for fault in self.active:
            if fault.effect in effects and fault.hit(topic, stored=stored):
                return fault
        return None

    def _crashes(self, event: Event) -> bool:
        return self._hit((Effect.CRASH,), event.topic, stored=event.stored) is not None

    def _commits_late(self, event: Event) -> bool:
        fault = self._hit((Effect.COMMIT_LATE,), event.topic, stored=True)
        if fault is not None:
            fault.uncommitted.append(event)
        return fault is not None

    def _pass(self, message: Message, tell: Tell) -> None:
        topic, stored = message.body["topic"], message.body.get("store", True)
        fault = self._hit((Effect.LOSE, Effect.HOLD, Effect.DELAY), topic, stored=stored)
        if fault is None:
            tell(message)
        elif fault.effect is not Effect.LOSE:
            fault.waiting.append((message, tell))
            if fault.effect is Effect.DELAY:
                asyncio.get_running_loop().call_later(fault.seconds, fault.next)
