"""Nobody is given what upstream would not give to them, whoever has warmed the store before.

Everybody of the cast asks everything through one proxy, one after another, and in the other order
through another: so each has asked before each other one.

    AYON_PROXY_MATRIX_ROUNDS    how many more orders are tried, chosen at random
"""

from __future__ import annotations

import asyncio
import os
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest

from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.clients.discovery import subjects_of
from tests.clients.identities import Identity
from tests.clients.working import work_on
from tests.identity.asking_around import Around
from tests.identity.cast import Member, cast
from tests.identity.questions import reads
from tests.support.running_proxy import running_proxy

SHARES = True
"""Whether the proxy shares what the tables say that it may."""

MORE_ROUNDS = int(os.environ.get("AYON_PROXY_MATRIX_ROUNDS", "0"))
ORDERS = ["forward", "backward", *(f"shuffled {number}" for number in range(MORE_ROUNDS))]


def in_order(people: list[Member], order: str) -> list[Member]:
    if order.startswith("shuffled"):
        Random(order).shuffle(people)
    return people[::-1] if order == "backward" else people


@pytest.fixture(scope="module")
def film() -> Studio:
    return small_film()


@pytest.mark.parametrize("order", ORDERS)
async def test_everybody_is_given_what_upstream_gives_them(
    order: str, film: Studio, tmp_path: Path
) -> None:
    async with (
        DemoServer(deepcopy(film)) as demo,
        running_proxy(demo.url, tmp_path / "data") as proxy,
    ):

        def found() -> dict[str, list[str]]:
            connection = Identity(SERVICE_KEY).connect(demo.url)
            work_on(connection, subjects_of(connection, FILM))
            subjects = subjects_of(connection, FILM)
            around = Around(demo.url, proxy.url, shares=SHARES)
            # What is never stored can't be given to another: once is enough.
            asked = [each for each in reads(subjects) if each.stored or order == "forward"]
            with cast(demo.url, {"x-api-key": SERVICE_KEY}, subjects) as people:
                asking = in_order([*people.values()], order)
                return around.mistakes(asking, asked, subjects.other_project)

        assert await asyncio.to_thread(found) == {}
