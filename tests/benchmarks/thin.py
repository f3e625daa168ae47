"""What the proxy is worth on a long, thin line: seconds with it and without.

    client ── proxy ──▶ 20 Mbit/s, 150 ms ──▶ demo server      three times
    client ───────────▶ the same line ──────▶ demo server      direct

The sequences are those of AYON's clients (upstream/clients.md 7), made by its own client library
where a client would do so. The proxy has the service key, and its feed is live.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from tests.benchmarks.figures import Figure, Line
from tests.benchmarks.shaper import Shape, shaped_line
from tests.clients.discovery import subjects_of
from tests.clients.identities import Identity
from tests.clients.launcher import core_start_up, fields, start_up
from tests.clients.subjects import Subjects
from tests.clients.working_day import Doing, Done, farm, workstation
from tests.support.packages import add_package, pseudo_random
from tests.support.proxy_process import proxy_process

THIN = Shape.of(megabits=20, milliseconds=150, window=512 * 1024)

LONG = Shape.of(megabits=100, milliseconds=150, window=384 * 1024)
"""One connection can bring 20 Mbit/s of it: its window in each round trip."""

LARGE_BYTES = 64_000_000

LIVE_SECONDS = 20.0


async def thin(folder: Path) -> AsyncIterator[Line]:
    """Each sequence through a new proxy, twice, and directly; then one large file."""
    async with DemoServer(small_film()) as demo:
        subjects, token = await asyncio.to_thread(_known, demo.url)
        large = add_package(demo.studio, "large.zip", pseudo_random(LARGE_BYTES))
        _, _, _, loader = workstation(subjects, token)
        sequences: dict[str, list[Doing]] = {
            "launcher, 40 MB to install": [_launcher(subjects, token, cold=True)],
            "launcher, all installed": [_launcher(subjects, token)],
            "loader": [loader],
            "farm job": farm(subjects, SERVICE_KEY),
        }
        for name, doing in sequences.items():
            seconds = await _seconds(demo, folder / name, THIN, _all(doing))
            for line in _figures(name, *seconds):
                yield line
        seconds = await _seconds(demo, folder / "large", LONG, _downloading(large))
        for line in _figures(f"{LARGE_BYTES // 10**6} MB over 100 Mbit/s", *seconds):
            yield line


TIMES = ("first", "second", "third")
"""A second start still asks what the first one has changed: a workstation registers itself."""


def _figures(name: str, direct: float, *ours: float) -> Iterator[Line]:
    for nth, seconds in zip(TIMES, ours, strict=True):
        yield Figure(f"{name}, the {nth} time", "s", seconds, "direct", direct)


async def _seconds(
    demo: DemoServer, data_dir: Path, shape: Shape, do: Callable[[str], None]
) -> list[float]:
    """Directly, then through a new proxy as often as there are TIMES."""
    async with shaped_line(demo.port, shape) as line:
        direct = await _took(do, line.url)
        async with _live_proxy(line.url, data_dir) as url:
            return [direct, *[await _took(do, url) for _ in TIMES]]


@asynccontextmanager
async def _live_proxy(upstream: str, data_dir: Path) -> AsyncIterator[str]:
    async with proxy_process(upstream, data_dir, upstream__api_key=SERVICE_KEY) as proxy:
        async with asyncio.timeout(LIVE_SECONDS):
            await proxy.logged("feed_live")
        yield proxy.url


async def _took(do: Callable[[str], None], url: str) -> float:
    began = time.perf_counter()
    await asyncio.to_thread(do, url)
    return time.perf_counter() - began


def _all(doing: list[Doing]) -> Callable[[str], None]:
    def do(url: str) -> None:
        for each in doing:
            for _ in each(url):
                pass

    return do


def _downloading(path: str) -> Callable[[str], None]:
    def do(url: str) -> None:
        with httpx.stream("GET", url + path, headers={"X-Api-Key": SERVICE_KEY}, timeout=60) as it:
            assert sum(map(len, it.iter_raw())) == LARGE_BYTES

    return do


def _launcher(subjects: Subjects, token: str, *, cold: bool = False) -> Doing:
    """Its start, and that of its core."""

    def boot(url: str) -> Iterator[Done]:
        steps = [*start_up(subjects, service=False, cold=cold), *core_start_up(subjects)]
        with httpx.Client(base_url=url, timeout=60) as client:
            for step in steps:
                began = time.monotonic()
                sent = fields(step.sends, token, url, service=False)
                answer = client.get(step.path, headers=sent).raise_for_status()
                yield Done(step.path, len(answer.content), time.monotonic() - began)

    return boot


def _known(url: str) -> tuple[Subjects, str]:
    subjects = subjects_of(Identity(SERVICE_KEY).connect(url), FILM)
    login = {"name": "artist", "password": PASSWORDS["artist"]}
    token = httpx.post(f"{url}/api/auth/login", json=login).json()["token"]
    return subjects, token
