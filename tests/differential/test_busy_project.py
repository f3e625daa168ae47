"""A project in which something happens every second, while loaders and farm jobs read it.

Time is compressed: an event, then what is read within a second, without waiting. Half of the events
fall under the folders that are read, a tenth are new versions of a task. A first round over the
folders is not counted: the proxy has been there for longer than that. `/api/info` is never stored,
and questions that decide go upstream always: both count as misses.

    AYON_PROXY_STEPS   events (seconds of the project)
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from random import Random

import pytest

from ayon_proxy.demo.film import busy_film
from ayon_proxy.demo.running import DemoServer
from tests.differential.driver import Driver
from tests.differential.loops import Loops
from tests.differential.reads import Read
from tests.differential.scene import STEPS, driver_of, film_of, proxy_of
from tests.differential.tally import Tally
from tests.differential.world import PARENT, Entity, World
from tests.differential.writes import Write, WriteKind
from tests.differential.writes_of_entities import changed

FOLDERS_READ = 6
LOADERS, FARM_JOBS = 3, 3
"""How many of them run at the same time, each once a second."""
EVENTS = STEPS or 15
NEW_VERSIONS = 0.1
UNDER_WHAT_IS_READ = 0.5
TYPES = ("folder", "task", "product", "version", "representation")


def event_under(world: World, folder: Entity) -> Write:
    """One change of something in the folder, or a new version of a task of it."""
    products = [each for each in world.entities["product"] if each["folderId"] == folder["id"]]
    tasks = [each for each in world.entities["task"] if each["folderId"] == folder["id"]]
    inside = {
        "folder": [folder],
        "task": tasks,
        "product": products,
        "version": _below(world, "version", products),
    }
    inside["representation"] = _below(world, "representation", inside["version"])
    if world.random.random() < NEW_VERSIONS:
        product = world.any_of(products)
        numbers = [
            each["version"] for each in inside["version"] if each["productId"] == product["id"]
        ]
        body = {
            "id": world.new_id(),
            "productId": product["id"],
            "version": max(numbers, default=0) + 1,
            "taskId": world.any_of(tasks)["id"],
        }
        return Write("POST", f"{world.root}/versions", body, then=lambda: _look_again(world))
    entity_type = world.random.choice(TYPES)
    entity = world.any_of(inside[entity_type])
    body = changed(world, entity_type, entity)
    path = f"{world.root}/{entity_type}s/{entity['id']}"
    return Write("PATCH", path, body, then=lambda: entity.update(body))


def _below(world: World, entity_type: str, parents: list[Entity]) -> list[Entity]:
    ids = {each["id"] for each in parents}
    return [each for each in world.entities[entity_type] if each[PARENT[entity_type]] in ids]


def _look_again(world: World) -> None:
    world.stale = True


def shots(world: World) -> list[Entity]:
    """Folders that have products."""
    having = {each["folderId"] for each in world.entities["product"]}
    return [each for each in world.entities["folder"] if each["id"] in having]


async def read_all(
    driver: Driver, loops: Loops, in_loaders: list[Entity], in_jobs: list[Entity]
) -> None:
    """A loader is opened at each of the first folders, a farm job works on each of the second."""

    def asked() -> list[Read]:
        loaders = [read for each in in_loaders for read in loops.loader(each)]
        return loaders + [read for each in in_jobs for read in loops.farm(each)]

    for read in await asyncio.to_thread(asked):
        await driver.compare("service", read)


def chosen(world: World, folders: list[Entity]) -> tuple[list[Entity], list[Entity]]:
    """Where the loaders and the farm jobs of a second are."""
    return (
        [world.random.choice(folders) for _ in range(LOADERS)],
        [world.random.choice(folders) for _ in range(FARM_JOBS)],
    )


async def test_a_busy_project_is_read_from_the_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with DemoServer(busy_film()) as demo:
        studioed = await film_of(demo.studio, demo.url)
        async with (
            proxy_of(studioed, tmp_path / "data") as proxy,
            driver_of(studioed, proxy.url, 1) as driver,
        ):
            world, driver.keeps_known = driver.world, True
            await world.look(driver.upstream)
            there = shots(world)
            read = Random(1).sample(there, FOLDERS_READ)
            ids = {each["id"] for each in read}
            others = [each for each in there if each["id"] not in ids]
            loops = Loops(world, driver.library)
            await read_all(driver, loops, read, read)
            assert not driver.tally.stale, "\n\n".join(map(str, driver.tally.stale))
            driver.tally = Tally()
            for _ in range(EVENTS):
                under = read if world.random.random() < UNDER_WHAT_IS_READ else others
                folder = world.random.choice(under)
                kind = WriteKind("an event", partial(event_under, folder=folder))
                await driver.write(kind, kind.make(world), through_proxy=False)
                await world.look(driver.upstream)
                by_id = {each["id"]: each for each in world.entities["folder"]}
                read = [by_id[each["id"]] for each in read]
                await read_all(driver, loops, *chosen(world, read))
    with capsys.disabled():
        print(f"\n{EVENTS} events", *driver.tally.lines(), sep="\n")
    assert not driver.tally.stale, "\n\n".join(map(str, driver.tally.stale))
    assert driver.tally.hit_rate >= 0.8
