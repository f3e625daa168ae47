"""Launchers start, trays refresh, DCCs load and jobs gather what they need while upstream fails.

Everything was asked an hour ago: nothing that is stored is fresh and no caller is proved, so each
answer is one that stands in. It is to be the one from before, and the whole day waits a few times
for upstream, not once for each question. AYON_PROXY_ALL_FAULTS=1 tries those too that take long.

Broken once, to see the tests fail: no answer that stands in for a status, a site that is signed in
again after a restart, 429 taken for a quick answer.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx

from ayon_proxy.demo.faults import Faults, Kind
from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.clients.discovery import subjects_of
from tests.clients.identities import Identity
from tests.clients.outcomes import differences
from tests.clients.working_day import Doing, Done, day, farm, workstation
from tests.support.running_proxy import RunningProxy, running_proxy

WAIT_SECONDS = 0.4
WAITS = 1 / 4
"""Of the questions of a day, those that may take that long: a handful until it is noticed that
upstream is not as it was, and what a busy machine is late with. Without that it would be nearly
all of them."""
SECONDS_OF_A_DAY = 30.0

EVERYTHING = ""
"""A pattern of paths."""

FAULTS: dict[str, Callable[[Faults], object]] = {
    "down": Faults.go_down,
    "hanging": lambda faults: faults.add(EVERYTHING, Kind.HANG),
    "cut": lambda faults: faults.add(EVERYTHING, Kind.DOWN),
    "503": lambda faults: faults.add(EVERYTHING, Kind.STATUS, status=503),
    "502, a page": lambda faults: faults.add(
        EVERYTHING, Kind.STATUS, status=502, headers={"content-type": "text/html"}
    ),
    "429": lambda faults: faults.add(
        EVERYTHING, Kind.STATUS, status=429, headers={"retry-after": "30"}
    ),
    "slow": lambda faults: faults.add(EVERYTHING, Kind.SLOW, seconds=3.0),
}
AFTER, BEFORE = "after the proxy's start", "before the proxy's start"
LONG = {("hanging", BEFORE), ("503", BEFORE), ("502, a page", AFTER), ("slow", BEFORE)}
ALL_FAULTS = bool(os.environ.get("AYON_PROXY_ALL_FAULTS"))


def cases() -> Iterator[tuple[str, str]]:
    """Which fault begins when."""
    early = [(fault, BEFORE) for fault in ("down", "hanging", "503", "slow")]
    for case in [*((fault, AFTER) for fault in FAULTS), *early]:
        if ALL_FAULTS or case not in LONG:
            yield case


@asynccontextmanager
async def proxy_on(demo: DemoServer, data_dir: Path) -> AsyncIterator[RunningProxy]:
    """A proxy that does not wait long."""
    offline = {"wait_seconds": f"{WAIT_SECONDS}s"}
    async with running_proxy(demo.url, data_dir, offline=offline) as proxy:
        yield proxy


async def a_day(proxy: RunningProxy, doing: list[Doing]) -> list[Done]:
    """In a thread beside the loop."""
    return await asyncio.to_thread(day, proxy.url, doing)


def an_hour_passes(data_dir: Path) -> None:
    """Without a proxy."""
    with closing(sqlite3.connect(data_dir / "index.sqlite")) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            columns = database.execute(f"SELECT name FROM pragma_table_info('{table}')")
            for (column,) in columns.fetchall():
                if column.endswith("_at"):
                    database.execute(f"UPDATE {table} SET {column} = {column} - 3600")
        # What was to settle after a write had settled before the last day began.
        database.execute("DELETE FROM intent")
        database.commit()


async def whole_day(demo: DemoServer) -> list[Doing]:
    """All that is done in one."""
    connect = Identity(SERVICE_KEY).connect
    subjects = await asyncio.to_thread(lambda: subjects_of(connect(demo.url), FILM))
    async with httpx.AsyncClient(base_url=demo.url) as client:
        login = {"name": "artist", "password": PASSWORDS["artist"]}
        token = (await client.post("/api/auth/login", json=login)).json()["token"]
    return [*farm(subjects, SERVICE_KEY), *workstation(subjects, token)]


def troubles(before: list[Done], after: list[Done]) -> Iterator[str]:
    """What a user would complain about."""
    for was, done in zip(before, after, strict=True):
        for each in differences(was.result, done.result):
            yield f"{done.asked}: {each}"
    waited = [
        (done.asked, round(done.seconds, 1)) for done in after if done.seconds > 0.9 * WAIT_SECONDS
    ]
    if len(waited) > WAITS * len(after):
        yield f"waited {len(waited)} times: {waited}"
    seconds = sum(done.seconds for done in after)
    if seconds > SECONDS_OF_A_DAY:
        yield f"took {seconds} s"


async def test_the_day_goes_on(demo: DemoServer, tmp_path: Path) -> None:
    doing, warm = await whole_day(demo), tmp_path / "warm"
    async with proxy_on(demo, warm) as proxy:
        await a_day(proxy, doing)  # signs the site in, which the next one shows
        before = await a_day(proxy, doing)
        await proxy.assembled.cache.in_flight.idle()
    an_hour_passes(warm)
    found: dict[str, list[str]] = {}
    for number, (fault, when) in enumerate(cases()):
        data_dir = tmp_path / f"{number}"
        shutil.copytree(warm, data_dir)
        if when == BEFORE:
            FAULTS[fault](demo.faults)
        async with proxy_on(demo, data_dir) as proxy:
            if when == AFTER:
                FAULTS[fault](demo.faults)
            try:
                complaints = list(troubles(before, await a_day(proxy, doing)))
            except Exception as error:
                complaints = [repr(error)]
            demo.faults.clear()
        if fault == "down":
            await demo.faults.come_back()
        if complaints:
            found[f"{fault} {when}"] = complaints
    assert found == {}
