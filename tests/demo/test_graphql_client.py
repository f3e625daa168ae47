"""The client library reads the small film by GraphQL, and gets what is in it.

Each case is a read of `ayon_api` and what the studio says it must find.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import pytest
from ayon_api import ServerAPI

from ayon_proxy.demo.derivations import entity_path, folder_path
from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.running import DemoServer

Found: TypeAlias = Callable[[Project], Any]

SHOT = "/shots/sq010/sh0010"


def ids(entities: Iterable[Any]) -> list[str]:
    """Ids of answers or of entities, sorted."""
    return sorted(each["id"] if isinstance(each, dict) else each.id for each in entities)


def shot(film: Project) -> Any:
    """The shot most cases are about."""
    return next(each for each in film.folders.values() if folder_path(film, each) == SHOT)


def of_shot(film: Project, table: str) -> list[Any]:
    """Tasks or products of the shot."""
    return [each for each in getattr(film, table).values() if each.folder_id == shot(film).id]


def render(film: Project) -> Any:
    """The shot's render."""
    return next(each for each in of_shot(film, "products") if each.product_type == "render")


def numbered(film: Project, number: int) -> Any:
    """A version of the render."""
    return next(
        each
        for each in film.versions.values()
        if each.product_id == render(film).id and each.version == number
    )


def parents_of_representation(api: ServerAPI, film: Project) -> list[str]:
    """The version, product, folder and project of the render's representation."""
    (found,) = api.get_representations(FILM, version_ids=[numbered(film, 2).id])
    found_parents = api.get_representation_parents(FILM, found["id"])
    return [
        found_parents.version["id"],
        found_parents.product["id"],
        found_parents.folder["id"],
        found_parents.project["name"],
    ]


CASES: dict[str, tuple[Callable[[ServerAPI, Project], Any], Found]] = {
    "all folders": (
        lambda api, _: ids(api.get_folders(FILM)),
        lambda film: ids(film.folders.values()),
    ),
    "folder by path": (
        lambda api, _: api.get_folder_by_path(FILM, SHOT)["id"],
        lambda film: shot(film).id,
    ),
    "folder with attributes": (
        lambda api, _: api.get_folder_by_path(FILM, SHOT)["attrib"]["frameEnd"],
        lambda film: shot(film).attrib["frameEnd"],
    ),
    "own attributes of a folder": (
        lambda api, _: api.get_folder_by_path(FILM, SHOT, own_attributes=True)["ownAttrib"][
            "frameStart"
        ],
        lambda film: shot(film).attrib["frameStart"],
    ),
    "no folder": (lambda api, _: api.get_folder_by_id(FILM, "0" * 32), lambda _: None),
    "folders by type": (
        lambda api, _: ids(api.get_folders(FILM, folder_types=["Shot"])),
        lambda film: ids(each for each in film.folders.values() if each.folder_type == "Shot"),
    ),
    "top folders": (
        lambda api, _: sorted(each["name"] for each in api.get_folders(FILM, parent_ids=[None])),
        lambda _: ["assets", "shots"],
    ),
    "folders with products": (
        lambda api, _: sorted(api.get_folder_ids_with_products(FILM)),
        lambda film: sorted({each.folder_id for each in film.products.values()}),
    ),
    "tasks of a folder": (
        lambda api, film: ids(api.get_tasks(FILM, folder_ids=[shot(film).id])),
        lambda film: ids(of_shot(film, "tasks")),
    ),
    "tasks by folder path": (
        lambda api, _: ids(api.get_tasks_by_folder_path(FILM, SHOT)),
        lambda film: ids(of_shot(film, "tasks")),
    ),
    "tasks of an artist": (
        lambda api, _: ids(api.get_tasks(FILM, assignees=["artist"])),
        lambda film: ids(t for t in film.tasks.values() if "artist" in t.assignees),
    ),
    "product by name": (
        lambda api, film: api.get_product_by_name(FILM, "renderMain", shot(film).id)["id"],
        lambda film: render(film).id,
    ),
    "products by pattern": (
        lambda api, _: ids(api.get_products(FILM, product_name_regex="^model")),
        lambda film: ids(p for p in film.products.values() if p.product_type == "model"),
    ),
    "last version": (
        lambda api, film: api.get_last_version_by_product_id(FILM, render(film).id)["version"],
        lambda _: 2,
    ),
    "hero version": (
        lambda api, film: api.get_hero_version_by_product_id(FILM, render(film).id)["version"],
        lambda _: -2,
    ),
    "version by number": (
        lambda api, film: api.get_version_by_name(FILM, 1, render(film).id)["id"],
        lambda film: numbered(film, 1).id,
    ),
    "a version is the latest": (
        lambda api, film: [
            api.version_is_latest(FILM, numbered(film, number).id) for number in (1, 2)
        ],
        lambda _: [False, True],
    ),
    "representations of a version": (
        lambda api, film: ids(api.get_representations(FILM, version_ids=[numbered(film, 2).id])),
        lambda film: ids(
            r for r in film.representations.values() if r.version_id == numbered(film, 2).id
        ),
    ),
    "sizes of files": (
        lambda api, film: [
            file["size"]
            for each in api.get_representations(FILM, version_ids=[numbered(film, 2).id])
            for file in each["files"]
        ],
        lambda film: [
            file["size"]
            for each in film.representations.values()
            if each.version_id == numbered(film, 2).id
            for file in each.files
        ],
    ),
    "parents of a representation": (
        parents_of_representation,
        lambda film: [numbered(film, 2).id, render(film).id, shot(film).id, FILM],
    ),
    "workfiles of tasks": (
        lambda api, _: ids(api.get_workfiles_info(FILM)),
        lambda film: ids(film.workfiles.values()),
    ),
    "links of versions": (
        lambda api, film: [
            link["entityId"]
            for link in api.get_version_links(FILM, numbered(film, 2).id, link_direction="in")
        ],
        lambda film: [
            link.input_id for link in film.links.values() if link.output_id == numbered(film, 2).id
        ],
    ),
    "lists with their items": (
        lambda api, _: [
            [item["entityId"] for item in each["items"]]
            for each in api.get_entity_lists(FILM, fields={"id", "items.entityId"})
        ],
        lambda film: [[item.entity_id for item in each.items] for each in film.lists.values()],
    ),
    "activities of a type": (
        lambda api, _: len(list(api.get_activities(FILM, activity_types=["reviewable"]))),
        lambda film: sum(each.activity_type == "reviewable" for each in film.activities.values()),
    ),
    "projects": (
        lambda api, _: sorted(each["name"] for each in api.get_projects(fields={"name", "code"})),
        lambda _: ["little_film", "secret_film"],
    ),
    "product types": (
        lambda api, _: sorted(each["name"] for each in api.get_product_types()),
        lambda film: sorted({each.product_type for each in film.products.values()}),
    ),
    "users": (
        lambda api, _: sorted(each["name"] for each in api.get_users()),
        lambda _: ["admin", "artist", "lighter", "service"],
    ),
    "one user": (
        lambda api, _: api.get_user_by_name("artist")["attrib"]["fullName"],
        lambda _: "Artist",
    ),
    "no events of a topic": (
        lambda api, _: list(api.get_events(topics=["entity.folder.*"])),
        lambda _: [],
    ),
    "schema": (
        lambda api, _: api.get_graphql_schema()["__schema"]["queryType"]["name"],
        lambda _: "Query",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_client_reads(case: str) -> None:
    read, expected = CASES[case]
    studio = small_film()
    film = studio.projects[FILM]
    async with DemoServer(studio) as demo:

        def session() -> Any:
            api = ServerAPI(demo.url, token=SERVICE_KEY)
            api.create_session()
            try:
                return read(api, film)
            finally:
                api.close_session()

        assert await asyncio.to_thread(session) == expected(film)


async def test_client_pages_through_more_than_a_page() -> None:
    studio = small_film()
    film = studio.projects[FILM]
    model = next(iter(film.representations.values()))
    for number in range(700):
        film.add(
            type(model)(
                id=f"{number:032x}",
                name=f"part{number}",
                version_id=model.version_id,
                status=model.status,
                created_at=model.created_at,
                updated_at=model.updated_at,
            )
        )
    async with DemoServer(studio) as demo:

        def session() -> list[str]:
            api = ServerAPI(demo.url, token=SERVICE_KEY)
            return [each["id"] for each in api.get_representations(FILM)]

        found = await asyncio.to_thread(session)
        pages = [each for each in demo.requests if each.path == "/graphql"]
    assert found == list(film.representations)
    assert len(pages) == 1 + len(film.representations) // 300
    assert entity_path(film, model).startswith("/assets/")
