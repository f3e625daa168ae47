"""What happens to a server and its events over the months, by name, for seeded tests to draw from.

A mishap happens once; `await happen(server, mishap)` returns when it is over or under way. What is
under way (a socket that is stuck, messages that wait) ends with `server.feed.clear()`.
"""

from __future__ import annotations

from enum import StrEnum

from ayon_proxy.demo.running import DemoServer


class Mishap(StrEnum):
    """The kinds; each is described in `feed_faults`."""

    CUT = "cut"
    STUCK = "stuck"
    MESSAGE_LOST = "message lost"
    BROADCAST_LOST = "broadcast lost"
    DELAYED = "delayed"
    ROW_LATE = "row late"
    NUMBERS_BURNT = "numbers burnt"
    RESTARTED = "restarted"
    CRASHED = "crashed"


DELAY_SECONDS = 0.1


async def happen(server: DemoServer, mishap: Mishap) -> None:
    """Have it happen to the next event, to all open sockets or to the whole server."""
    feed = server.feed
    match mishap:
        case Mishap.CUT:
            server.faults.go_down()
            await server.faults.come_back()
        case Mishap.STUCK:
            feed.stick()
        case Mishap.MESSAGE_LOST:
            feed.lose(stored=True, times=1)
        case Mishap.BROADCAST_LOST:
            feed.lose(stored=False, times=1)
        case Mishap.DELAYED:
            feed.delay(DELAY_SECONDS)
        case Mishap.ROW_LATE:
            feed.commit_late(times=1)
        case Mishap.NUMBERS_BURNT:
            feed.burn(3)
        case Mishap.RESTARTED:
            await feed.restart()
        case Mishap.CRASHED:
            feed.crash(times=1)
