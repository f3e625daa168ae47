"""The tour of `ayon-proxy demo`: miss, hit, event, fresh, offline.

It asks what a workstation asks when it starts, twice, with AYON's own client library, and shows for
each request where the answer came from. Then one question is asked again and again, while others
change its answer and the line is cut.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from ayon_proxy import logs
from ayon_proxy.cache.status_document import StatusDocument
from ayon_proxy.cli.passing import Watched
from ayon_proxy.cli.session import Artist, start_up
from ayon_proxy.cli.tour_table import comparison, step
from ayon_proxy.demo.film import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer

LINE_SECONDS = 0.05
"""How far the server seems to be: so long each request waits for its answer to begin."""

PATIENCE_SECONDS = 20.0
"""For the event feed. It takes a second."""

LOOK_SECONDS = 0.005
"""How often it is looked at."""


class Tour:
    """Plays it before a proxy at `url`, whose line to `upstream` it may cut."""

    def __init__(
        self,
        console: Console,
        url: str,
        upstream: DemoServer,
        watched: Watched,
        status: StatusDocument,
    ) -> None:
        self._console = console
        self._url = url
        self._upstream = upstream
        self._watched = watched
        self._status = status

    async def play(self) -> None:
        """From the first start to the line that is back."""
        state, detail, seconds = await self._live()
        self._console.print(f"event feed        [bold]{state}[/] after {seconds:.1f} s. {detail}\n")
        # What is said of a line that is cut on purpose would stand in the middle of the tour.
        with self._far_away(), _silence():
            await self._start_twice()
            await self._ask_again_and_again()
        self._console.print()

    async def _start_twice(self) -> None:
        runs = []
        for _ in range(2):
            await asyncio.to_thread(start_up, self._url, SERVICE_KEY)
            runs.append(await self._watched.taken())
        self._console.print(comparison(*runs, line_seconds=LINE_SECONDS))

    async def _ask_again_and_again(self) -> None:
        here = await asyncio.to_thread(Artist, self._url, SERVICE_KEY)
        there = await asyncio.to_thread(Artist, self._upstream.url, SERVICE_KEY)
        await self._watched.taken()
        self._console.print("[bold]One question of GraphQL: what is the status of a task?[/]")
        await self._step("miss", here.status)
        await self._step("hit", here.status)
        heard = (await self._feed())["applied"]
        await asyncio.to_thread(there.give, "Approved")
        await self._until(lambda feed: bool(feed["applied"] > heard))
        self._say("event", "Somebody else changes it, on the server itself.")
        await self._step("fresh", here.status)
        await self._step("hit", here.status)
        await asyncio.to_thread(here.give, "Not ready")
        await self._watched.taken()
        self._say("write", "We change it, through the proxy.")
        await self._step("fresh", here.status)
        self._upstream.faults.go_down()
        self._say("offline", "The line is cut.")
        await self._step("hit", here.status)
        await self._step("stale", here.look_at_tasks, "all tasks, as they were read last")
        await self._step("refused", here.ask_something_new, "what nobody has asked yet")
        await self._step("refused", here.write, "a write")
        await self._upstream.faults.come_back()
        _, _, seconds = await self._live()
        self._say("online", f"The line is back, and the feed live again after {seconds:.1f} s.")
        await self._step("hit", here.look_at_products, "products, read long before")

    async def _step(self, label: str, ask: Callable[[], str | None], name: str = "") -> None:
        """Ask, and show how it was answered."""
        answer = await asyncio.to_thread(ask)
        # Once the library asks what attributes there are, first.
        *_, one = await self._watched.taken()
        self._console.print(step(label, name or str(answer), one))

    def _say(self, label: str, sentence: str) -> None:
        self._console.print(f"  [bold]{label:<8}[/] {sentence}")

    async def _live(self) -> tuple[str, str, float]:
        """The feed's state, what is lost, and how long it took to be live."""
        began = time.monotonic()
        feed = await self._until(lambda feed: feed["state"] == "live")
        return feed["state"], feed["detail"] or "", time.monotonic() - began

    async def _until(self, holds: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
        """The state of the feed for which it holds; or, after all patience, any."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        # The document tells nobody that it has changed.
        while (  # noqa: ASYNC110
            not holds(feed := await self._feed()) and time.monotonic() < deadline
        ):
            await asyncio.sleep(LOOK_SECONDS)
        return feed

    async def _feed(self) -> Mapping[str, Any]:
        feed: Mapping[str, Any] = (await self._status.current())["feed"]
        return feed

    @contextmanager
    def _far_away(self) -> Iterator[None]:
        slow = self._upstream.faults.add("", "slow", seconds=LINE_SECONDS)
        try:
            yield
        finally:
            self._upstream.faults.active.remove(slow)


@contextmanager
def _silence() -> Iterator[None]:
    logs.configure("error", "auto")
    try:
        yield
    finally:
        logs.configure("warning", "auto")
