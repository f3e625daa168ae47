"""Nobody is given what upstream would not give to them, whoever has warmed the store before.

Everybody of the cast asks everything through one proxy, one after another, and in the other order
through another: so each has asked before each other one. And what the tables say to be shared is.

Broken once, to see it fail: `assigned` rules that do not matter, guests who share, levels that are
one, `/api/projects` shared among all who are signed in, sites that do not matter to settings.

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
from ayon_proxy.policy.routes.route import Share
from tests.clients.discovery import subjects_of
from tests.clients.identities import Identity
from tests.clients.working import work_on
from tests.identity.asking_around import Around
from tests.identity.cast import Member, cast
from tests.identity.questions import Read, reads
from tests.support.running_proxy import running_proxy

MORE_ROUNDS = int(os.environ.get("AYON_PROXY_MATRIX_ROUNDS", "0"))
ORDERS = ["forward", "backward", *(f"shuffled {number}" for number in range(MORE_ROUNDS))]
ALIKE = ("limited_1", "limited_2", "manager", "service")
"""Two and two who would share."""


def in_order(people: list[Member], order: str) -> list[Member]:
    if order.startswith("shuffled"):
        Random(order).shuffle(people)
    return people[::-1] if order == "backward" else people


def asked(read: Read, order: str) -> bool:
    """What is never stored can't be given to another: once is enough."""
    if order == "apart":
        return read.share is not Share.USER
    return read.stored or order == "forward"


@pytest.fixture(scope="module")
def film() -> Studio:
    return small_film()


async def mistakes(
    film: Studio, data_dir: Path, order: str, *, sharing: str
) -> dict[str, list[str]]:
    async with (
        DemoServer(deepcopy(film)) as demo,
        running_proxy(demo.url, data_dir, identity={"sharing": sharing}) as proxy,
    ):

        def found() -> dict[str, list[str]]:
            connection = Identity(SERVICE_KEY).connect(demo.url)
            work_on(connection, subjects_of(connection, FILM))
            subjects = subjects_of(connection, FILM)
            around = Around(demo.url, proxy.url, shares=sharing == "scope")
            wanted = [each for each in reads(subjects) if asked(each, order)]
            with cast(demo.url, {"x-api-key": SERVICE_KEY}, subjects) as people:
                names = ALIKE if order == "apart" else people
                asking = in_order([people[each] for each in names], order)
                return around.mistakes(asking, wanted, subjects.other_project)

        return await asyncio.to_thread(found)


@pytest.mark.parametrize("order", ORDERS)
async def test_everybody_is_given_what_upstream_gives_them(
    order: str, film: Studio, tmp_path: Path
) -> None:
    assert await mistakes(film, tmp_path / "data", order, sharing="scope") == {}


async def test_nobody_shares_where_that_is_switched_off(film: Studio, tmp_path: Path) -> None:
    assert await mistakes(film, tmp_path / "data", "apart", sharing="user") == {}
