"""What is stored and small, again and again: requests a second and the slowest hundredth."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx

from ayon_proxy.demo.running import DemoServer
from tests.benchmarks import cores, questions, wrk
from tests.benchmarks.figures import Figure, Line, Remark
from tests.benchmarks.nginx import Nginx
from tests.benchmarks.questions import AS_PYTHON_DOES, Question
from tests.benchmarks.rounds import Asked, all_serving, in_turns, stored
from tests.benchmarks.servers import Ours, Serving, at_hand
from tests.benchmarks.varnish import Varnish

MANY = 500
"""Connections of a farm that has begun a job."""


async def hits(folder: Path) -> AsyncIterator[Line]:
    """2 KB by REST and 500 KB by GraphQL beside nginx, which checks no credential; conditions;
    many connections; and fields as the clients send them."""
    if (missing := wrk.missing()) is not None:
        yield Remark(f"hits: skipped, {missing}")
        return
    cores.take_the_asking_core()
    servers, others = at_hand((Ours(), Nginx(), Varnish()))
    for why in others:
        yield Remark(f"hits: {why}")
    studio = questions.studio()
    small, large = questions.small(studio), questions.large()
    async with DemoServer(studio) as demo, all_serving(servers, demo, folder) as servings:
        without_posts = [each for each in servings if each.name != Varnish.name]

        asked = await in_turns(servings, small, folder)
        for line in _rates("hit of 2 KB", asked, least=1.3):
            yield line
        for line in _slowest("hit of 2 KB", asked, most=1.0):
            yield line
        asked = await in_turns(without_posts, large, folder, rounds=3)
        for line in _rates("hit of 500 KB, GraphQL", asked, least=1.1):
            yield line
        unchanged = await _conditional(servings[0], questions.picture())
        asked = await in_turns(servings, unchanged, folder)
        for line in _rates("304", asked):
            yield line
        asked = await in_turns(servings, small, folder, connections=MANY)
        for line in (
            *_rates(f"hit of 2 KB, {MANY} connections", asked),
            *_slowest(f"hit of 2 KB, {MANY} connections", asked),
        ):
            yield line
        asked = await in_turns(servings, small.with_fields(AS_PYTHON_DOES), folder)
        for line in _rates("hit of 2 KB, fields of ayon-python-api", asked):
            yield line


def _rates(name: str, asked: dict[str, Asked], *, least: float | None = None) -> Sequence[Line]:
    """Ours beside each peer; only nginx's bounds it."""
    ours, *peers = asked.values()
    lines: list[Line] = [
        Figure(
            f"{name}, one core",
            *("/s", ours.requests, peer.name, peer.requests),
            least_ratio=least if peer.name == Nginx.name else None,
        )
        for peer in peers
    ]
    doubts = [doubt for each in asked.values() for doubt in each.doubts]
    return lines + [Remark(f"{name}: {doubt}") for doubt in doubts]


def _slowest(name: str, asked: dict[str, Asked], *, most: float | None = None) -> Sequence[Line]:
    ours, *peers = asked.values()
    return [
        Figure(
            f"{name}, p99",
            *("ms", ours.p99, peer.name, peer.p99),
            most_ratio=most if peer.name == Nginx.name else None,
        )
        for peer in peers
    ]


async def _conditional(serving: Serving, question: Question) -> Question:
    """The same with the entity tag that is answered, for all who have it from upstream."""
    await stored(serving, question)
    async with httpx.AsyncClient(headers=question.fields) as client:
        answer = await client.get(f"http://127.0.0.1:{serving.port}{question.path}")
    return question.with_fields({"If-None-Match": answer.headers["etag"]}, status=304)
