"""Is upstream there? ONLINE, SLOW or OFFLINE, and what makes it another. A value: nothing here
waits or asks.

    what has happened                                    ONLINE         SLOW            OFFLINE
    ───────────────────────────────────────────────────  ─────────────  ──────────────  ────────
    no connection could be made, and nobody answered     → OFFLINE      → OFFLINE       ·
    one was lost after the request had been sent         doubted        ·               ·
    a gateway answered in upstream's place (502, …)      doubted        ·               ·
    ┆ and so it did to the probe, the third in a row     → OFFLINE      → OFFLINE       ·
    a quick answer                                       no doubt       3rd: → ONLINE   ·
    ┆ to the probe                                       no doubt       3rd: → ONLINE   → ONLINE
    a late answer                                        3rd: → SLOW    counts anew     ·
    ┆ to the probe                                       3rd: → SLOW    counts anew     → SLOW
    nobody answered for half of `wait_seconds`           doubted        ·               ·
    ┆ for `wait_seconds`                                 → SLOW         ·               ·
    ┆ for `offline_seconds`                              → OFFLINE      → OFFLINE       ·

While ONLINE and doubted, and in the two other states, the probe asks. Away is what does not answer
the probe: one request with luck does not bring it back, one gateway's page does not take it away
(AYON itself answers 503 where a service of its own is missing, upstream/server.md 7).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from ayon_proxy.policy.patience import IN_A_ROW, Pace, Patience


class State(Enum):
    """The words of `/-/status`."""

    ONLINE = "online"
    SLOW = "slow"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Reachability:
    """`since` is seconds since the epoch. `doubted`: it is to be asked whether it is still there.
    The numbers are answers of that kind in a row."""

    state: State = State.ONLINE
    since: float = 0.0
    last_error: str | None = None
    doubted: bool = False
    quick: int = 0
    late: int = 0
    gateway: int = 0

    @property
    def online(self) -> bool:
        """Whether it is as it should be."""
        return self.state is State.ONLINE

    @property
    def offline(self) -> bool:
        """Whether nobody but the probe may ask."""
        return self.state is State.OFFLINE

    @property
    def slow(self) -> bool:
        """Whether what is stored is given at once where it may stand in."""
        return self.state is State.SLOW

    @property
    def in_question(self) -> bool:
        """Whether the probe is to ask."""
        return self.doubted or not self.online

    def failed(self, now: float, error: str) -> Reachability:
        """No connection could be made, and nobody else was answered since that was tried."""
        if self.offline:
            return replace(self, last_error=error)
        return Reachability(State.OFFLINE, now, error)

    def doubt(self) -> Reachability:
        """Something that an upstream in good health does now and then, too."""
        return self if self.doubted or not self.online else replace(self, doubted=True)

    def answered(self, now: float, pace: Pace, *, to_probe: bool) -> Reachability:
        """Upstream itself has answered, whatever it said."""
        quick = self.quick + 1 if pace is Pace.QUICK else 0
        late = self.late + 1 if pace is Pace.LATE else 0
        if self.offline:
            if not to_probe:
                return self
            state = State.ONLINE if pace is Pace.QUICK else State.SLOW
        elif self.online:
            state = State.SLOW if late >= IN_A_ROW else State.ONLINE
        else:
            state = State.ONLINE if quick >= IN_A_ROW else State.SLOW
        if state is not self.state:
            return Reachability(state, now, _slow_answers(state))
        doubted = self.doubted and pace is not Pace.QUICK
        return replace(self, quick=quick, late=late, gateway=0, doubted=doubted)

    def gateway_answered(self, now: float, error: str, *, to_probe: bool) -> Reachability:
        """What stands before upstream has answered in its place."""
        if self.offline:
            return replace(self, last_error=error)
        row = self.gateway + 1
        if to_probe and row >= IN_A_ROW:
            return Reachability(State.OFFLINE, now, error)
        return replace(self, gateway=row, quick=0, late=0, doubted=self.online)

    def silent(self, now: float, seconds: float, patience: Patience) -> Reachability:
        """Nobody has been answered for so long, though somebody asked."""
        if self.offline or seconds < patience.doubt_seconds:
            return self
        error = f"It has answered nobody for {seconds:.1f} s."
        if seconds >= patience.offline_seconds:
            return Reachability(State.OFFLINE, now - seconds, error)
        if self.online and seconds >= patience.slow_seconds:
            return Reachability(State.SLOW, now, error)
        return replace(self, quick=0).doubt()


def _slow_answers(state: State) -> str | None:
    return "Its answers take long." if state is State.SLOW else None
