"""Two hundred launchers that start cold at the same moment, and two thousand that start warm."""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx

from ayon_proxy.demo.film import BEGIN, FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.film_stock import ADDON, PACKAGE
from ayon_proxy.demo.people import Session, User
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.benchmarks import cores
from tests.benchmarks.figures import Figure, Line, Remark
from tests.benchmarks.launching import Plan
from tests.benchmarks.launching import Step as Planned
from tests.benchmarks.servers import Ours
from tests.benchmarks.shaped_line import shaped_line
from tests.clients.launcher import Sends, Step, core_start_up, fields, start_up
from tests.clients.subjects import Subjects

LAUNCHERS, WARM = 200, 2000
WARM_AT_ONCE = 1000
LATENCY_SECONDS = 0.05
BITS_PER_SECOND = 100_000_000
"""Of the line to upstream: what a studio away from its server has."""

COMPARED = 10
"""One of so many launchers compares each byte of the package; the others count them."""

LONGEST = 1.5
"""Over what the line takes for the bytes and the round trips of one launcher."""

WARM_SECONDS = 10.0

SUBJECTS = Subjects(
    project=FILM,
    addon=ADDON,
    addon_version="1.0.0",
    bundle="prod-2609",
    dependency_package=PACKAGE,
)

OWN = ("/api/users/me", "/api/info", "site_id=")
"""In what is answered to each user alone, or told to each workstation anew."""


async def stampede(folder: Path) -> AsyncIterator[Line]:
    """Artists with a session each, and a farm with one key: cold, then warm."""
    cores.take_the_asking_core()
    for name, keys in (
        ("sessions", [f"{number + 1:064x}" for number in range(LAUNCHERS)]),
        ("one key", [SERVICE_KEY] * LAUNCHERS),
    ):
        below = folder / name.replace(" ", "-")
        below.mkdir()
        async for line in _with_keys(name, keys, below):
            yield line


async def _with_keys(name: str, keys: Sequence[str], folder: Path) -> AsyncIterator[Line]:
    made = small_film()
    service = keys[0] == SERVICE_KEY
    for token in () if service else keys:
        _sign_in(made, token)
    async with (
        DemoServer(made) as demo,
        shaped_line(demo.port, BITS_PER_SECOND / 8) as line,
        Ours().serving(line, folder) as ours,
    ):
        bodies = await _bodies(demo.url)
        demo.requests.clear()
        demo.faults.add(lambda scope: scope["type"] == "http", "slow", seconds=LATENCY_SECONDS)
        cold = [
            _planned(ours.port, key, bodies, cold=True, compared=number % COMPARED == 0)
            for number, key in enumerate(keys)
        ]
        all_took = await _launched(Plan(ours.port, cold, len(cold), bodies), folder)
        sent = sum(each.bytes_sent for each in demo.requests)
        at_best = sent * 8 / BITS_PER_SECOND + LATENCY_SECONDS * len(cold[0])
        yield Figure(
            f"{LAUNCHERS} cold launchers, {name}, {BITS_PER_SECOND // 1_000_000} Mbit/s, the last",
            *("s", all_took, "what the line takes", at_best),
            most_ratio=LONGEST,
        )
        asked = Counter(f"{each.path}?{each.query}".rstrip("?") for each in demo.requests)
        shared = {what: count for what, count in asked.items() if _is_shared(what, bodies)}
        again = {what: count for what, count in shared.items() if count > 1}
        yield Figure(
            f"{LAUNCHERS} cold launchers, {name}, resources asked more than once",
            *("", len(again), "resources", len(shared)),
            most=0,
        )
        for what, count in again.items():
            yield Remark(f"{what} was asked {count} times")
        demo.faults.clear()
        warm = [
            _planned(ours.port, keys[number % len(keys)], bodies, cold=False)
            for number in range(WARM)
        ]
        took = await _launched(Plan(ours.port, warm, WARM_AT_ONCE, bodies), folder)
        yield Figure(
            f"{WARM} warm starts, {name}, {len(warm[0])} requests each, one core",
            *("s", took, "what the line takes", _line_seconds(bodies, warm[0])),
            most=WARM_SECONDS,
        )


def _sign_in(made: Studio, token: str) -> None:
    """A user who works on the film, with a session."""
    name = f"artist-{token[-8:]}"
    user = User(
        name=name, created_at=BEGIN, updated_at=BEGIN, data={"accessGroups": {FILM: ["artist"]}}
    )
    made.users[name] = user
    now = made.clock().timestamp()
    made.sessions[token] = Session(token=token, user=user.snapshot(), created=now, last_used=now)


def _steps(*, service: bool, cold: bool) -> Iterator[Step]:
    yield from start_up(SUBJECTS, service=service, cold=cold)
    yield from core_start_up(SUBJECTS)


def _planned(
    port: int, key: str, bodies: dict[str, bytes], *, cold: bool, compared: bool = True
) -> list[Planned]:
    """The requests of one launcher. Of all but the package it compares every byte."""
    service = key == SERVICE_KEY
    steps = _steps(service=service, cold=cold)
    planned = [_as_sent(step, port, key, bodies, service=service) for step in steps]
    return [
        replace(each, compared=compared or not (each.body or "").endswith(PACKAGE))
        for each in planned
    ]


def _as_sent(
    step: Step, port: int, key: str, bodies: dict[str, bytes], *, service: bool
) -> Planned:
    url = f"http://127.0.0.1:{port}"
    sent = {"Host": f"127.0.0.1:{port}", **fields(step.sends, key, url, service=service)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    request = f"GET {step.path} HTTP/1.1\r\n{lines}\r\n".encode()
    # A key is tried as a user's token first, and refused.
    status = 401 if service and step.sends is Sends.TOKEN_ONLY else 200
    return Planned(request, status, step.path if step.path in bodies else None)


async def _bodies(url: str) -> dict[str, bytes]:
    """What upstream answers to everyone who may ask, by path."""
    bodies = {}
    async with httpx.AsyncClient(base_url=url, headers={"X-Api-Key": SERVICE_KEY}) as client:
        for step in _steps(service=True, cold=True):
            if not any(part in step.path for part in OWN):
                bodies[step.path] = (await client.get(step.path)).content
    return bodies


def _is_shared(what: str, bodies: dict[str, bytes]) -> bool:
    return what in bodies


def _line_seconds(bodies: dict[str, bytes], steps: Sequence[Planned]) -> float:
    """What as many starts would take without the proxy."""
    size = sum(len(bodies.get(step.body or "", b"")) for step in steps)
    return WARM * size * 8 / BITS_PER_SECOND


async def _launched(plan: Plan, folder: Path) -> float:
    """Seconds until the last of them was up. Raises RuntimeError where one was answered wrong."""
    file = folder / "plan"
    await asyncio.to_thread(file.write_bytes, pickle.dumps(plan))
    process = await asyncio.create_subprocess_exec(
        *(*cores.on(cores.ASKING), sys.executable, "-m", "tests.benchmarks.launching", str(file)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    if process.returncode:
        raise RuntimeError(complained.decode())
    return float(json.loads(said)["all"])
