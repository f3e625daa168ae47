"""What entities say of themselves, where it depends on how they were reached.

Broken on purpose and seen to fail: attributes read from a fresh copy, or from the farthest folder;
joins not multiplied; looked up nodes treated as listed ones; heroes looked for of heroes; a full
page of links claiming another.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from ayon_proxy.demo.film import FILM, small_film
from ayon_proxy.demo.project import Activity, Project, Reference
from ayon_proxy.demo.studio import Studio
from tests.demo.graphql_asking import asked, nodes


@pytest.fixture
def studio() -> Studio:
    return small_film()


@pytest.fixture
def film(studio: Studio) -> Project:
    """The film, before anything was reviewed."""
    film = studio.projects[FILM]
    film.activities.clear()
    return film


def add_activity(studio: Studio, project: Project, kind: str, version_id: str) -> None:
    """Something that happened to a version."""
    now = studio.clock()
    activity = Activity(
        id=studio.new_id(),
        activity_type=kind,
        body="looks good",
        author="artist",
        created_at=now,
        updated_at=now,
        data={"author": "artist"},
        references=[
            Reference(
                id=studio.new_id(),
                reference_type="origin",
                entity_type="version",
                entity_id=version_id,
            )
        ],
    )
    project.activities[activity.id] = activity


def one(studio: Studio, connection: str, fields: str) -> Any:
    """The first node of a connection of the film."""
    return nodes(studio, "admin", FILM, connection, fields)[0]


SHOT = 'folders(paths:["/shots/sq010/sh0010"])'


@pytest.mark.parametrize(
    ("fields", "polluted"), [("ownAttrib allAttrib", False), ("allAttrib ownAttrib", True)]
)
def test_own_attributes_are_all_when_selected_late(
    studio: Studio, fields: str, *, polluted: bool
) -> None:
    shot = one(studio, SHOT, fields)
    assert {"frameStart", "frameEnd"} <= set(shot["ownAttrib"])
    assert ("fps" in shot["ownAttrib"]) is polluted


@pytest.mark.parametrize("fields", ["ownAttrib allAttrib", "allAttrib ownAttrib"])
def test_node_without_own_attributes_never_has_any(studio: Studio, fields: str) -> None:
    assert one(studio, 'folders(paths:["/shots"])', fields)["ownAttrib"] == []


def test_attributes_come_from_the_nearest_folder_that_has_them(
    studio: Studio, film: Project
) -> None:
    for folder in film.folders.values():
        if folder.name in {"shots", "sq010"}:
            folder.attrib = {"fps": 48.0 if folder.name == "shots" else 50.0}
    own = json.loads(one(studio, SHOT, "allAttrib")["allAttrib"])
    assert (own["fps"], own["frameStart"]) == (50.0, 1001)
    assert own["resolutionWidth"] == film.attrib["resolutionWidth"]
    task = one(studio, "tasks(last:1)", "folder{path} allAttrib")
    assert json.loads(task["allAttrib"])["fps"] == 48.0


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("taskCount", {"taskCount": 4}),
        ("taskCount productCount", {"taskCount": 12, "productCount": 12}),
        ("taskCount hasReviewables", {"taskCount": 8, "hasReviewables": True}),
        ("hasTasks hasProducts", {"hasTasks": True, "hasProducts": True}),
    ],
)
def test_joined_tables_multiply_counts(
    studio: Studio, film: Project, fields: str, expected: dict[str, Any]
) -> None:
    product = next(
        each for each in film.products.values() if film.folders[each.folder_id].name == "sh0010"
    )
    version = next(each for each in film.versions.values() if each.product_id == product.id)
    for _ in range(2):
        add_activity(studio, film, "reviewable", version.id)
    assert one(studio, SHOT, fields) == expected


@pytest.mark.parametrize(
    ("arguments", "fields", "count"),
    [
        ("", "childCount", 0),
        ("", "childCount hasChildren", 3),
        (",hasChildren:true", "childCount", 3),
    ],
)
def test_children_are_counted_only_when_asked_whether_there_are_any(
    studio: Studio, arguments: str, fields: str, count: int
) -> None:
    sequence = one(studio, f'folders(paths:["/shots/sq010"]{arguments})', fields)
    assert sequence["childCount"] == count


def test_totals_are_counted_only_for_folders_asked_for_by_id(studio: Studio, film: Project) -> None:
    shots = next(each for each in film.folders.values() if each.name == "shots")
    fields = "totalFolderCount totalTaskCount totalProductCount"
    assert one(studio, f'folders(ids:["{shots.id}"])', fields) == {
        "totalFolderCount": 8,
        "totalTaskCount": 24,
        "totalProductCount": 18,
    }
    assert one(studio, 'folders(paths:["/shots"])', fields)["totalFolderCount"] == 0


def test_folder_has_the_versions_of_those_below(studio: Studio, film: Project) -> None:
    shot = next(each for each in film.folders.values() if each.name == "sh0010")
    film.add(dataclasses.replace(shot, id=studio.new_id(), name="empty", creation_order=0))
    shown = nodes(studio, "admin", FILM, 'folders(pathEx:"^/shots")', "name hasVersions")
    assert {node["name"] for node in shown if not node["hasVersions"]} == {"empty"}
    task = one(studio, 'tasks(names:["layout"])', "folder{hasVersions}")
    assert task["folder"] == {"hasVersions": False}


def test_looked_up_nodes_know_less_than_listed_ones(studio: Studio, film: Project) -> None:
    version = next(each for each in film.versions.values() if each.version == 2)
    for kind in ("reviewable", "comment"):
        add_activity(studio, film, kind, version.id)
    detail = "hasReviewables"
    listed = one(studio, f'versions(ids:["{version.id}"])', "isLatest latestComments{body}")
    assert listed == {"isLatest": True, "latestComments": [{"body": "looks good"}]}
    fields = f"task{{{detail}}} product{{folder{{{detail}}} featuredVersion{{id}}}}"
    above = one(studio, f'versions(ids:["{version.id}"])', fields)
    assert above["task"] == {detail: False}
    assert above["product"] == {"folder": {detail: False}, "featuredVersion": None}
    latest = "latestVersion{id isLatest hasReviewables latestComments{body}}"
    assert one(studio, f'products(ids:["{version.product_id}"])', latest) == {
        "latestVersion": {
            "id": version.id,
            "isLatest": False,
            "hasReviewables": True,
            "latestComments": [],
        }
    }
    assert one(studio, f'tasks(ids:["{version.task_id}"])', detail) == {detail: True}


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ("latestOnly:true", [2]),
        ("heroOnly:true", [-2]),
        ("heroOrLatestOnly:true", [2, -2]),
        ("latestOnly:true,heroOnly:true", [2]),
        ("versions:[1,2]", [1, 2]),
        ('featuredOnly:["latestDone","latest"]', [1]),
        ('featuredOnly:["hero"]', [2]),
        ("last:2", [-2, 2]),
    ],
)
def test_versions_of_a_product(
    studio: Studio, film: Project, arguments: str, numbers: list[int]
) -> None:
    product = next(each for each in film.products.values() if each.product_type == "render")
    shown = nodes(
        studio, "admin", FILM, f'versions(productIds:["{product.id}"],{arguments})', "version"
    )
    assert [node["version"] for node in shown] == numbers


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("", (1, "latestDone")),
        ('(order:["hero"])', (2, "hero")),
        ('(order:["latest","hero"])', (2, "latest")),
    ],
)
def test_featured_version_is_the_first_feature_of_the_order(
    studio: Studio, order: str, expected: tuple[int, str]
) -> None:
    fields = f"featuredVersion{order}{{version featuredVersionType}}"
    product = one(studio, 'products(productTypes:["render"])', fields)
    shown = product["featuredVersion"]
    assert (shown["version"], shown["featuredVersionType"]) == expected


def test_hero_version_is_named_by_the_version_it_copies(studio: Studio, film: Project) -> None:
    hero = next(each for each in film.versions.values() if each.version == -2)
    shown = nodes(
        studio, "admin", FILM, f'versions(productIds:["{hero.product_id}"])', "name heroVersionId"
    )
    assert [(node["name"], node["heroVersionId"]) for node in shown] == [
        ("v001", None),
        ("v002", hero.id),
        ("HERO", None),
    ]


@pytest.mark.parametrize(("first", "more"), [(5, True), (6, False), (7, False)])
def test_links_know_whether_more_follow(studio: Studio, first: int, *, more: bool) -> None:
    fields = f"links(first:{first}){{edges{{cursor}} pageInfo{{hasNextPage endCursor}}}}"
    links = one(studio, 'folders(names:["fox"])', fields)["links"]
    assert links["pageInfo"]["hasNextPage"] is more
    assert links["pageInfo"]["endCursor"] == links["edges"][-1]["cursor"]
    rest = f'links(after:"{links["pageInfo"]["endCursor"]}"){{edges{{cursor}}}}'
    following = one(studio, 'folders(names:["fox"])', rest)["links"]["edges"]
    assert len(links["edges"]) + len(following) == 6


def test_nested_connection_takes_the_arguments_of_the_projects(studio: Studio) -> None:
    fields = 'tasks(taskTypes:["Layout"]){edges{node{name}}} products(first:1){edges{cursor}}'
    shot = one(studio, SHOT, fields)
    assert [edge["node"]["name"] for edge in shot["tasks"]["edges"]] == ["layout"]
    assert len(shot["products"]["edges"]) == 1


def test_items_of_a_list_lead_to_their_entities(studio: Studio, film: Project) -> None:
    items = "items(first:2){edges{position node{__typename ... on VersionNode{version}}}}"
    dailies = one(studio, "entityLists", f"label count {items}")
    assert dailies["count"] == len(next(iter(film.lists.values())).items)
    assert [edge["node"] for edge in dailies["items"]["edges"]] == [
        {"__typename": "VersionNode", "version": 2}
    ] * 2


def test_lists_of_different_types_cannot_be_read_at_once(studio: Studio, film: Project) -> None:
    (dailies,) = film.lists.values()
    other = type(dailies)(
        id=studio.new_id(),
        label="Shots",
        entity_type="folder",
        created_at=dailies.created_at,
        updated_at=dailies.updated_at,
    )
    film.lists[other.id] = other
    query = f'{{project(name:"{FILM}"){{entityLists{{edges{{node{{items{{edges{{id}}}}}}}}}}}}}}'
    _, errors = asked(studio, "admin", query)
    assert errors == [
        "Queried multiple entity types in the same query. This is not supported (and will not be)."
    ]
