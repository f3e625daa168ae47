"""What asking through the proxy costs where nothing is stored yet."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from itertools import combinations
from pathlib import Path
from statistics import median

import orjson

from ayon_proxy.demo.film import FILM, small_film
from ayon_proxy.demo.running import DemoServer
from tests.benchmarks import cores, questions
from tests.benchmarks.figures import Figure, Line, Remark
from tests.benchmarks.nginx import Nginx
from tests.benchmarks.questions import Question
from tests.benchmarks.servers import Ours, at_hand
from tests.load.connection import Connection

UPSTREAM_SECONDS = 0.005
NUMBER = 200
"""Of questions of each kind. All are put directly too, in turn with those through a server."""

MOST_ADDED_MS = 1.0

ONE_VERSION = """query Version($projectName: String!, $ids: [String!]) {
  project(name: $projectName) { versions(ids: $ids) { edges { node { id name version author } } } }
}"""


async def misses(folder: Path) -> AsyncIterator[Line]:
    """The median that is added to an upstream that takes 5 ms, one question after the other."""
    cores.take_the_asking_core()
    servers, others = at_hand((Ours(), Nginx()))
    for why in others:
        yield Remark(f"misses: {why}")
    made = small_film()
    film = made.projects[FILM]
    kinds = {
        "REST": [
            Question("GET", f"/api/projects/{FILM}/{kind}/{each}")
            for kind in ("folders", "tasks", "products", "versions", "representations")
            for each in getattr(film, kind)
        ],
        "GraphQL": [_by_graphql(each) for each in combinations(film.versions, 2)],
    }
    async with DemoServer(made) as demo, AsyncExitStack() as running:
        ports = {"direct": demo.port}
        for server in servers:
            serving = await running.enter_async_context(server.serving(demo.port, folder))
            ports[serving.name] = serving.port
        demo.faults.add("/projects/|graphql", "slow", seconds=UPSTREAM_SECONDS)
        for kind, every in kinds.items():
            took = await _took(ports, every[: NUMBER + 1])
            direct, ours, *peers = [1000 * median(each) for each in took.values()]
            yield Figure(f"miss, {kind}, median", *("ms", ours, "upstream", direct))
            for name, peer in zip(
                list(took)[2:] or ["upstream"], peers or [2 * direct], strict=True
            ):
                yield Figure(
                    f"added by a miss, {kind}, median",
                    *("ms", ours - direct, name, peer - direct),
                    most=MOST_ADDED_MS,
                )


async def _took(ports: dict[str, int], every: Sequence[Question]) -> dict[str, list[float]]:
    """Seconds from a question to its answer, by whom it was put to."""
    took: dict[str, list[float]] = {name: [] for name in ports}
    connections = {name: Connection(port) for name, port in ports.items()}
    first, *others = every
    for connection in connections.values():
        await _ask(connection, first)  # which also tells who asks
    for question in others:
        for name, connection in connections.items():
            began = time.perf_counter()
            await _ask(connection, question)
            took[name].append(time.perf_counter() - began)
    for connection in connections.values():
        connection.drop()
    return took


async def _ask(connection: Connection, question: Question) -> None:
    fields = "".join(f"{name}: {value}\r\n" for name, value in question.fields.items())
    answer = await connection.ask(
        *(question.method.encode(), question.path.encode(), fields.encode(), question.body)
    )
    if answer.status != 200 or answer.hit:
        raise ValueError(f"{question.path}: {answer.status} {answer.cache_status}")


def _by_graphql(versions: tuple[str, ...]) -> Question:
    variables = {"projectName": FILM, "ids": versions}
    body = orjson.dumps({"query": ONE_VERSION, "variables": variables})
    return Question("POST", "/graphql", {**questions.KEY, "Content-Type": "application/json"}, body)
