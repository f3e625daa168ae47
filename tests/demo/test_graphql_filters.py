"""Arguments of the connections, on the small film: what each selects, and in which order.

Broken on purpose and seen to fail: commas of a search not taken as alternatives, an empty list of
tags let through, folders' children not included, the anatomy's order not used.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ayon_proxy.demo.film import FILM, small_film
from ayon_proxy.demo.studio import Studio
from tests.demo.graphql_asking import asked, nodes


@pytest.fixture
def studio() -> Studio:
    """The film, with something to tell its tasks and versions apart by."""
    studio = small_film()
    film = studio.projects[FILM]
    first = next(iter(film.tasks.values()))
    first.tags, first.assignees, first.status = ["urgent", "fix"], ["artist", "lighter"], "Approved"
    for version in film.versions.values():
        version.tags = ["daily"] if version.version == 2 else []
    fox = next(each for each in film.folders.values() if each.name == "fox")
    fox.label, fox.tags, fox.attrib = "The Fox", ["hero"], {"priority": "high"}
    owl = next(each for each in film.folders.values() if each.name == "owl")
    owl.attrib = {"priority": "urgent"}
    return studio


def named(studio: Studio, connection: str) -> list[str]:
    """Names of the nodes, in their order."""
    return [node["name"] for node in nodes(studio, "admin", FILM, connection, "name")]


def spelled(*conditions: tuple[str, str, Any]) -> str:
    """A query filter as a GraphQL string."""
    tree = {
        "conditions": [
            {"key": key, "operator": operator, "value": value}
            for key, operator, value in conditions
        ]
    }
    return json.dumps(json.dumps(tree))


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ('parentId:"root"', ["assets", "shots"]),
        ('parentIds:["root"]', ["assets", "shots"]),
        ("parentIds:[]", []),
        ('names:["fox","owl"]', ["fox", "owl"]),
        ('name:"F%"', ["fox"]),
        ('paths:["assets/characters/fox/"]', ["fox"]),
        ('pathEx:"/characters/.*$"', ["fox", "owl"]),
        ('tags:["hero"]', ["fox"]),
        ('folderTypes:["Sequence"]', ["sq010", "sq020"]),
        ('search:"THE fox, lantern"', ["fox", "lantern"]),
        ('search:"characters owl"', ["owl"]),
        ('attributes:[{name:"priority",values:["high"]}]', ["fox"]),
        ('attributes:[{name:"nope",values:["x"]}],names:["owl"]', ["owl"]),
        ('hasProducts:true,pathEx:"^/assets"', ["fox", "owl", "lantern"]),
        ('hasProducts:false,pathEx:"^/assets"', ["assets", "characters", "props"]),
        ('hasTasks:true,search:"props"', ["lantern"]),
        ("hasLinks:OUT", ["fox"]),
        ("hasLinks:BOTH", []),
        ('assignees:["lighter","artist"]', ["fox"]),
        (f"filter:{spelled(('attrib.priority', 'eq', 'high'))}", ["fox"]),
        ('filter:"",names:["fox"]', ["fox"]),
        (f"taskFilter:{spelled(('status', 'eq', 'Approved'))}", ["fox"]),
        ('sortBy:"folderType",search:"sq010",first:2', ["sq010", "sh0010"]),
        ('sortBy:"name",pathEx:"^/assets/"', ["characters", "fox", "lantern", "owl", "props"]),
        ('sortBy:"attrib.priority",names:["fox","owl"]', ["owl", "fox"]),
    ],
)
def test_folders(studio: Studio, arguments: str, names: list[str]) -> None:
    assert named(studio, f"folders({arguments})") == names


@pytest.mark.parametrize(
    ("argument", "children", "names"),
    [
        ("ids", True, ["characters", "fox", "owl"]),
        ("ids", False, ["characters"]),
        ("parentIds", True, ["fox", "owl"]),
        ("parentIds", False, ["fox", "owl"]),
    ],
)
def test_folders_below(studio: Studio, argument: str, names: list[str], *, children: bool) -> None:
    film = studio.projects[FILM]
    above = next(each.id for each in film.folders.values() if each.name == "characters")
    arguments = f'{argument}:["{above}"],includeFolderChildren:{str(children).lower()}'
    assert named(studio, f"folders({arguments})") == names


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ('taskTypes:["Layout"]', 6),
        ('names:["layout","lookdev"]', 9),
        ('assignees:["artist","lighter"]', 1),
        ("assignees:[]", 25),
        ('assigneesAny:["artist","lighter"]', 8),
        ("assigneesAny:[]", 7 + 1),
        ('tags:["urgent","fix"]', 1),
        ('tags:["urgent","other"]', 0),
        ("tags:[]", 32),
        ('tagsAny:["urgent","other"]', 1),
        ("tagsAny:[]", 1),
        ('statuses:["Approved"]', 1),
        ('folderIds:["root"]', 0),
        ('search:"sq010 layout"', 3),
        ('attributes:[{name:"priority",values:["high"]}]', 3),
        (f"filter:{spelled(('assignees', 'includes', 'lighter'))}", 2),
        (f"folderFilter:{spelled(('label', 'like', '%fox'))}", 3),
    ],
)
def test_tasks(studio: Studio, arguments: str, count: int) -> None:
    assert len(named(studio, f"tasks(first:99,{arguments})")) == count


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ('productTypes:["model"]', 3),
        ('productBaseTypes:["model","look"]', 6),
        ('names:["modelMain"]', 3),
        ('namesCi:["MODELMAIN"]', 3),
        ('nameEx:"^m.*n$"', 3),
        ('pathEx:"^/assets/props"', 2),
        ("tags:[]", 0),
        ('search:"fox model"', 1),
        (f"versionFilter:{spelled(('version', 'lt', 0))}", 9),
        (f"taskFilter:{spelled(('taskType', 'eq', 'Rigging'))}", 6),
        (f"filter:{spelled(('productType', 'in', ['plate']))}", 6),
        ('versionFilter:"",taskFilter:""', 24),
    ],
)
def test_products(studio: Studio, arguments: str, count: int) -> None:
    assert len(named(studio, f"products(first:99,{arguments})")) == count


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ("version:2", 24),
        ("version:0", 57),
        ('authors:["artist"]', 57),
        ("authors:[]", 0),
        ("taskIds:[]", 57),
        ('tags:["daily"]', 24),
        ("hasReviewables:false,heroOnly:true", 9),
        ("hasLinks:IN", 6),
        ('search:"fox model v002"', 1),
        ('search:"v2 lantern"', 2),
        (f"filter:{spelled(('folderType', 'eq', 'Asset'), ('version', 'eq', 1))}", 6),
        (f"productFilter:{spelled(('productType', 'eq', 'look'))}", 6),
        (f"taskFilter:{spelled(('name', 'eq', 'rigging'))}", 15),
    ],
)
def test_versions(studio: Studio, arguments: str, count: int) -> None:
    assert len(named(studio, f"versions(first:99,{arguments})")) == count


@pytest.mark.parametrize(
    ("connection", "count"),
    [
        ('representations(first:99,names:["abc"])', 9),
        ("representations(first:99,versionIds:[])", 0),
        (f"representations(first:99,filter:{spelled(('attrib.extension', 'eq', 'ma'))})", 6),
        ('workfiles(pathEx:"_v001.ma$")', 6),
        ('workfiles(search:"sq010")', 3),
        ('workfiles(statuses:["Approved"])', 0),
    ],
)
def test_files(studio: Studio, connection: str, count: int) -> None:
    assert len(named(studio, connection)) == count


@pytest.mark.parametrize(
    ("connection", "field", "expected"),
    [
        ('tasks(sortBy:"taskType",last:1)', "taskType", ["Compositing"]),
        ('tasks(sortBy:"taskType",first:1)', "taskType", ["Modeling"]),
        ('tasks(sortBy:"path",first:2)', "name", ["lookdev", "modeling"]),
        ('products(sortBy:"path",last:1)', "name", ["reviewMain"]),
        ('products(sortBy:"version",last:1)', "name", ["renderMain"]),
        ('products(sortBy:"folderName",first:1)', "path", ["/assets/characters/fox/modelMain"]),
        ('versions(sortBy:"version",first:1)', "version", [-2]),
        ('versions(sortBy:"path",first:2)', "version", [1, 2]),
        ('versions(sortBy:"taskName",last:1)', "version", [2]),
        ('versions(sortBy:"productName",first:1)', "version", [1]),
    ],
)
def test_order(studio: Studio, connection: str, field: str, expected: list[Any]) -> None:
    found = nodes(studio, "admin", FILM, connection, field)
    assert [node[field] for node in found] == expected


@pytest.mark.parametrize(
    ("arguments", "positions"),
    [
        ("first:2", [0, 1]),
        ('sortBy:"position",last:2', [5, 4]),
        ('sortBy:"entityVersion",first:1', [0]),
        ('sortBy:"attrib.comment",last:1', [5]),
        (f"filter:{spelled(('position', 'gt', 3))}", [4, 5]),
    ],
)
def test_items_of_a_list(studio: Studio, arguments: str, positions: list[int]) -> None:
    fields = f"items({arguments}){{edges{{position}}}}"
    for lists in ("entityLists", 'entityLists(search:"dail")', 'entityLists(sortBy:"count")'):
        (dailies,) = nodes(studio, "admin", FILM, lists, fields)
        assert [edge["position"] for edge in dailies["items"]["edges"]] == positions


@pytest.mark.parametrize(
    ("connection", "message"),
    [
        ("folders(hasLinks:NONE)", "Wrong has_links value"),
        ('versions(featuredOnly:["best"])', "Invalid featuredOnly value: 'best'"),
        ('entityLists(sortBy:"x")', "Invalid sort_by value: x"),
        ('products(filter:"{")', "Expecting property name enclosed in double quotes"),
    ],
)
def test_wrong_arguments_are_refused(studio: Studio, connection: str, message: str) -> None:
    query = f'{{project(name:"{FILM}"){{{connection}{{edges{{cursor}}}}}}}}'
    _, errors = asked(studio, "admin", query)
    assert errors[0].startswith(message)
