"""What each kind of question carries, in full: `carried` row by row.

Broken once, to see it fail: each row of `carried` taken out of the table that names it, `ids` read
as a filter, `false` flags read as given, the parent of a nested list left out.
"""

from __future__ import annotations

from typing import Any

import pytest

from ayon_proxy.policy.shown import shown
from tests.policy.shown.asking import ALWAYS, all_of, asked, carried_by, connection, in_film

A, B, C, P, Q, R = (digit * 32 for digit in "abc123")
NODES = "{edges{node{id}}}"
NODE = "{edges{node{%s}}}"


def tags(text: str) -> set[str]:
    """Tags, without the project where it stands for itself, and ids by one letter."""
    names = {"A": A, "B": B, "C": C, "P": P, "Q": Q, "R": R}
    found = set()
    for each in text.split():
        parts = [names.get(part, part) for part in each.split(":")]
        if parts[0] in IN_PROJECT:
            parts.insert(1, "film")
        found.add(":".join(parts))
    return found


IN_PROJECT = {
    "any",
    "cascade",
    "derived",
    "filtered",
    "inherited",
    "listed",
    "type",
    "vocabulary",
}

EVERY_TYPE = "type:folder type:task type:product type:version type:representation type:workfile"

CASES: dict[str, tuple[str, Any, str]] = {
    # Asked by id
    "by id": (
        f'folders(ids:["{A}", "{B}"]){NODES}',
        {"folders": connection({"id": A})},
        "entity:A entity:B cascade:folder",
    ),
    "by id, not there": (
        f'tasks(ids:["{A}"]){NODES}',
        {"tasks": connection()},
        "entity:A cascade:task",
    ),
    "by id, spelled otherwise": (
        f'version(id:"{A[:8]}-{A[8:].upper()}"){{name}}',
        {"version": {"name": "v001"}},
        "entity:A cascade:version",
    ),
    "by id, without its id": (
        f'folders(ids:["{A}"]){NODE % "name"}',
        {"folders": connection({"name": "a"})},
        "entity:A cascade:folder",
    ),
    "by id and filtered by its own fields": (
        f'tasks(ids:["{A}"], names:["x"], assigneesAny:["y"]){NODES}',
        {"tasks": connection()},
        "entity:A cascade:task",
    ),
    "by id and parent": (
        f'tasks(ids:["{A}"], folderIds:["{P}"]){NODES}',
        {"tasks": connection()},
        "entity:A cascade:task",
    ),
    "by id, with all below": (
        f'folders(ids:["{A}"], includeFolderChildren: true){NODE % "name"}',
        {"folders": connection({"name": "a"})},
        "entity:A cascade:folder type:folder",
    ),
    "no ids at all": ("tasks(ids:[])" + NODES, {"tasks": connection()}, "type:task cascade:task"),
    "ids that are null": (
        "tasks(ids:null)" + NODES,
        {"tasks": connection()},
        "type:task cascade:task",
    ),
    "ids that are none": (
        f"tasks(ids:[1]){NODES}",
        {"tasks": connection()},
        "type:task cascade:task",
    ),
    "parents that are none": (
        f"tasks(folderIds:[1]){NODES}",
        {"tasks": connection()},
        "type:task cascade:task",
    ),
    "paths that are none": (
        f"folders(paths:[1]){NODES}",
        {"folders": connection()},
        "type:folder cascade:folder",
    ),
    # Under a parent
    "under parents": (
        f'tasks(folderIds:["{P}", "{Q}"]){NODES}',
        {"tasks": connection({"id": A})},
        "members:task:P members:task:Q listed:task cascade:task entity:A",
    ),
    "under a parent, none of them shown": (
        f'tasks(folderIds:["{P}"]){{pageInfo{{hasNextPage}}}}',
        {"tasks": connection()},
        "members:task:P listed:task cascade:task",
    ),
    "under a parent, without ids": (
        f'tasks(folderIds:["{P}"]){NODE % "name"}',
        {"tasks": connection({"name": "a"})},
        "members:task:P listed:task fields:task:P filtered:task cascade:task",
    ),
    "under a parent, filtered": (
        f'products(folderIds:["{P}"], productTypes:["render"]){NODES}',
        {"products": connection()},
        "members:product:P listed:product fields:product:P filtered:product cascade:product",
    ),
    "under a parent, sorted": (
        f'versions(productIds:["{P}"], sortBy:"version"){NODES}',
        {"versions": connection()},
        (
            "members:version:P listed:version fields:version:P filtered:version cascade:version "
            "vocabulary schema"
        ),
    ),
    "under a parent, flags that are false": (
        f'versions(productIds:["{P}"], latestOnly:false, includeFolderChildren:false){NODES}',
        {"versions": connection()},
        "members:version:P listed:version cascade:version",
    ),
    "root folders": (
        'folders(parentIds:["root"])' + NODES,
        {"folders": connection()},
        "members:folder:film listed:folder cascade:folder",
    ),
    "folders of one parent": (
        f'folders(parentId:"{P}"){NODES}',
        {"folders": connection()},
        "members:folder:P listed:folder cascade:folder",
    ),
    "under a parent and all below": (
        f'tasks(folderIds:["{P}"], includeFolderChildren:true){NODES}',
        {"tasks": connection()},
        "type:task type:folder cascade:task",
    ),
    "representations": (
        f'representations(versionIds:["{P}"]){NODES}',
        {"representations": connection()},
        "members:representation:P listed:representation cascade:representation",
    ),
    "a workfile by its task and path": (
        f'workfiles(taskIds:["{P}"], paths:["x"]){NODES}',
        {"workfiles": connection()},
        "members:workfile:P listed:workfile fields:workfile:P filtered:workfile cascade:workfile",
    ),
    "the latest versions of a product": (
        f'versions(productIds:["{P}"], latestOnly:true){NODES}',
        {"versions": connection()},
        "members:version:P listed:version fields:version:P filtered:version cascade:version",
    ),
    "whether a version is the latest": (
        f'versions(ids:["{A}"], latestOnly:true){NODES}',
        {"versions": connection()},
        "entity:A derived:version cascade:version",
    ),
    # Without a parent
    "all": ("folders" + NODES, {"folders": connection()}, "type:folder cascade:folder"),
    "versions of a task": (
        f'versions(taskIds:["{P}"]){NODES}',
        {"versions": connection()},
        "type:version cascade:version",
    ),
    "by path, found": (
        'folders(paths:["/a/b", "c"])' + NODES,
        {"folders": connection({"id": A}, {"id": B})},
        "entity:A entity:B cascade:folder",
    ),
    "by path, one not found": (
        'folders(paths:["/a/b", "c"])' + NODES,
        {"folders": connection({"id": A})},
        "entity:A cascade:folder type:folder",
    ),
    "by one path, spelled twice": (
        'folders(paths:["/a/b", "a/b/"])' + NODES,
        {"folders": connection({"id": A})},
        "entity:A cascade:folder",
    ),
    # Filters that look at something else
    "folders with products": (
        f'folders(ids:["{A}"], hasProducts:false){NODES}',
        {"folders": connection()},
        "entity:A derived:folder cascade:folder",
    ),
    "folders of somebody": (
        f'folders(ids:["{A}"], assignees:["x"]){NODES}',
        {"folders": connection()},
        "entity:A type:task cascade:folder",
    ),
    "by links": (
        f'products(ids:["{A}"], hasLinks:ANY){NODES}',
        {"products": connection()},
        "entity:A type:link cascade:product cascade:link",
    ),
    "by status": (
        f'tasks(folderIds:["{P}"], statuses:["x"]){NODES}',
        {"tasks": connection()},
        "members:task:P listed:task fields:task:P filtered:task cascade:task vocabulary",
    ),
    "products, sorted by folder": (
        f'products(folderIds:["{P}"], sortBy:"folderName"){NODES}',
        {"products": connection()},
        (
            "members:product:P listed:product fields:product:P filtered:product cascade:product "
            "type:folder vocabulary schema"
        ),
    ),
    "versions, by the type of their product": (
        f'versions(ids:["{A}"], filter:"{{\\"key\\": \\"product_type\\"}}"){NODES}',
        {"versions": connection()},
        "entity:A type:product vocabulary schema cascade:version",
    ),
    "versions, by something spelled with escapes": (
        f'versions(ids:["{A}"], filter:"{{\\"key\\": \\"\\\\u0070\\"}}"){NODES}',
        {"versions": connection()},
        (
            "entity:A type:product type:task type:folder derived:version vocabulary schema "
            "cascade:version"
        ),
    ),
    # Fields
    "attributes that are inherited": (
        f'task(id:"{A}"){{attrib{{fps}}}}',
        {"task": {"attrib": {"fps": 25}}},
        "entity:A cascade:task inherited schema",
    ),
    "attributes that are not": (
        f'version(id:"{A}"){{allAttrib}}',
        {"version": {"allAttrib": "{}"}},
        "entity:A cascade:version schema",
    ),
    "what other types move": (
        f'folder(id:"{A}"){{hasTasks}}',
        {"folder": {"hasTasks": True}},
        "entity:A cascade:folder derived:folder",
    ),
    "names of statuses and types": (
        f'product(id:"{A}"){{status type}}',
        {"product": {"status": "x"}},
        "entity:A cascade:product vocabulary",
    ),
    "a thumbnail": (
        f'version(id:"{A}"){{thumbnail{{id}}}}',
        {"version": {"thumbnail": {"id": B}}},
        "entity:A cascade:version derived:version",
    ),
    # What hangs on a node
    "lists below nodes": (
        f'folders(ids:["{A}", "{B}"]){NODE % ("id tasks" + NODES)}',
        {"folders": connection({"id": A, "tasks": connection({"id": C})}, {"id": B})},
        (
            "entity:A entity:B entity:C members:task:A members:task:B listed:task "
            "cascade:folder cascade:task"
        ),
    ),
    "lists below nodes of a list": (
        f'products(folderIds:["{P}"]){NODE % ("id versions(heroOnly: true)" + NODES)}',
        {"products": connection({"id": A, "versions": connection()})},
        (
            "members:product:P listed:product entity:A members:version:A listed:version "
            "fields:version:A filtered:version cascade:product cascade:version"
        ),
    ),
    "lists below nodes without ids": (
        f'products(folderIds:["{P}"]){NODE % ("name versions" + NODES)}',
        {"products": connection({"name": "a", "versions": connection()})},
        (
            "members:product:P listed:product fields:product:P filtered:product "
            "type:version listed:version cascade:product cascade:version"
        ),
    ),
    "versions below a task": (
        f'task(id:"{A}"){{versions{NODES}}}',
        {"task": {"versions": connection({"id": B})}},
        "entity:A cascade:task type:version cascade:version entity:B",
    ),
    "nodes above": (
        f'representations(ids:["{A}"]){NODE % "id version{id product{id folder{id path}}}"}',
        {
            "representations": connection(
                {"id": A, "version": {"id": B, "product": {"id": C, "folder": {"id": P}}}}
            )
        },
        (
            "entity:A entity:B entity:C entity:P cascade:representation cascade:version "
            "cascade:product cascade:folder"
        ),
    ),
    "a node above, known by the field beside it": (
        f'version(id:"{A}"){{productId product{{name}}}}',
        {"version": {"productId": B, "product": {"name": "x"}}},
        "entity:A entity:B cascade:version cascade:product",
    ),
    "a node above that is not told": (
        f'version(id:"{A}"){{product{{name}}}}',
        {"version": {"product": {"name": "x"}}},
        "entity:A type:product cascade:version cascade:product",
    ),
    "the latest version": (
        f'product(id:"{A}"){{latestVersion{{id}}}}',
        {"product": {"latestVersion": {"id": B}}},
        "entity:A entity:B derived:product cascade:product cascade:version",
    ),
    "links": (
        f'version(id:"{A}"){{links{{edges{{linkType entityId}}}}}}',
        {"version": {"links": {"edges": [{"linkType": "x", "entityId": B}]}}},
        "entity:A links:A entity:B cascade:version cascade:link",
    ),
    "links, and who is at the other end": (
        f'version(id:"{A}"){{links{{edges{{node{{id ...on FolderNode{{path}}}}}}}}}}',
        {"version": {"links": {"edges": [{"node": {"id": B}}]}}},
        (
            "entity:A links:A entity:B cascade:version cascade:link cascade:folder cascade:task "
            "cascade:product cascade:representation cascade:workfile"
        ),
    ),
    "links that don't tell the other end": (
        f'version(id:"{A}"){{links{{edges{{linkType}}}}}}',
        {"version": {"links": {"edges": []}}},
        f"entity:A links:A cascade:version cascade:link {EVERY_TYPE}",
    ),
    "links of the project": (
        "links{edges{id inputId outputId}}",
        {"links": {"edges": [{"inputId": A, "outputId": B}]}},
        "type:link cascade:link entity:A entity:B",
    ),
    "activities of entities": (
        f'activities(entityIds:["{A}"], activityTypes:["comment"]){NODE % "body"}',
        {"activities": connection({"body": "x"})},
        "activities:A cascade:activity",
    ),
    "activities of the project": (
        "activities" + NODE % "body author{name}",
        {"activities": connection()},
        "type:activity cascade:activity users schema",
    ),
    "activities at nodes": (
        f'tasks(folderIds:["{P}"]){NODE % "id activities{edges{node{body}}}"}',
        {"tasks": connection({"id": A})},
        "members:task:P listed:task entity:A activities:A cascade:task cascade:activity",
    ),
    "comments": (
        f'task(id:"{A}"){{latestComments{{body}}}}',
        {"task": {"latestComments": []}},
        "entity:A activities:A cascade:task cascade:activity",
    ),
    "entity lists": (
        "entityLists" + NODE % "id label",
        {"entityLists": connection({"id": A})},
        "type:list cascade:list list:A",
    ),
    "an entity list with its items": (
        f'entityLists(ids:["{A}"]){NODE % "id items{edges{entityId position}}"}',
        {"entityLists": connection({"id": A, "items": {"edges": [{"entityId": B}]}})},
        "list:A cascade:list entity:B",
    ),
    # The project itself
    "the record": ("label statuses{name}", {"label": "x"}, "projects vocabulary schema"),
    "its name alone": ("name projectName", {"name": "Film"}, ""),
    "types in use": (
        "taskTypes(activeOnly:true){name} folderTypes(activeOnly:false){name}",
        {},
        "projects vocabulary schema type:task",
    ),
    "tags in use": ("usedTags", {"usedTags": []}, EVERY_TYPE),
    "product types": ("productTypes{name}", {}, "product_types type:product"),
    "link types": ("linkTypes{name}", {}, "projects vocabulary schema type:link cascade:link"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_carries(case: str) -> None:
    selection, answer, expected = CASES[case]
    assert carried_by(selection, answer) == tags(expected) - ALWAYS


STUDIO = frozenset(("everything", "answers", "studio"))

ROOTS: dict[str, tuple[str, Any, set[str]]] = {
    "projects": (
        "{projects{edges{node{name active code}}}}",
        {"projects": connection({"name": "a"})},
        {"projects", "users", "schema"},
    ),
    "users": ('{users(projectName:"film"){edges{node{name}}}}', {}, {"users", "schema"}),
    "somebody": ('{user(name:"x"){name attrib{email}}}', {}, {"users", "schema"}),
    "me": ("{me{name}}", {}, {"users", "schema"}),
    "product types": ("{productTypes{name}}", {}, {"product_types"}),
    "the schema": ("{__schema{types{name}}}", {}, {"attributes", "schema", "restart"}),
    "the type of the root": ("{__typename}", {}, set()),
}


@pytest.mark.parametrize("case", ROOTS)
def test_an_answer_about_the_studio_carries(case: str) -> None:
    query, answer, expected = ROOTS[case]
    found = all_of(query, answer)
    assert found.tags >= expected
    assert not found.tags - expected - STUDIO - {"addons", "bundles", "settings"}
    assert case == "the type of the root" or found.tags >= STUDIO
    assert not found.unknown


def test_the_kanban_board_carries_the_tags_of_each_project() -> None:
    found = all_of('{kanban(projects:["One", "two"]){edges{node{id name folderPath}}}}').tags
    for each in ("one", "two"):
        assert found >= {f"type:{each}:task", f"project:{each}", f"paths:{each}", "users"}
    assert "any" not in found


def test_tasks_of_a_user_belong_to_the_project_that_is_named() -> None:
    found = all_of(f'{{me{{tasks(projectName:"Film"){NODES}}}}}').tags
    assert found >= {"type:film:task", "cascade:film:task", "project:film"}


UNKNOWN_PROJECTS = {
    "by code": '{project(code:"x"){folders{edges{node{id}}}}}',
    "by a pattern": '{project(name:"fi%"){folders{edges{node{id}}}}}',
    "unnamed": "{project{folders{edges{node{id}}}}}",
    "every one": "{projects{edges{node{name folders{edges{node{id}}}}}}}",
    "every one's tasks": "{kanban{edges{node{id}}}}",
    "one of several by a pattern": '{kanban(projects:["a", "b%"]){edges{node{id}}}}',
}


@pytest.mark.parametrize("query", UNKNOWN_PROJECTS.values(), ids=UNKNOWN_PROJECTS)
def test_what_is_not_known_to_belong_to_a_project_falls_with_anything(query: str) -> None:
    assert "any" in all_of(query).tags


def test_several_projects_carry_the_tags_of_each() -> None:
    query = f'{{a: project(name:"One"){{folders{NODES}}} b: project(name:"two"){{tasks{NODES}}}}}'
    found = all_of(query).tags
    assert found >= {"project:one", "project:two", "type:one:folder", "type:two:task"}
    assert not found & {"type:two:folder", "type:one:task", "any"}


UNKNOWN = {
    "field": ("tasks{edges{node{id secondLook}}}", "TaskNode.secondLook"),
    "field of a fragment": (
        "tasks{edges{node{links{edges{node{...on FolderNode{nope}}}}}}}",
        "FolderNode.nope",
    ),
    "field of the project": ("nope{a}", "ProjectNode.nope"),
    "argument": ('tasks(nope:"x"){edges{node{id}}}', "tasks(nope)"),
}


@pytest.mark.parametrize(("selection", "name"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_unknown_falls_with_anything_of_its_project(selection: str, name: str) -> None:
    found = shown(asked(in_film(selection)), {"data": {"project": {}}})
    assert found.unknown == {name}
    assert "any:film" in found.tags


def test_an_unknown_root_falls_with_anything() -> None:
    found = all_of("{nope{a}}")
    assert found.unknown == {"Query.nope"}
    assert "any" in found.tags


def test_an_id_that_was_selected_and_is_not_there_is_made_up_for() -> None:
    found = carried_by(f'tasks(folderIds:["{P}"]){NODES}', {"tasks": connection({})})
    assert "type:film:task" in found


def test_selections_of_one_field_in_several_places_are_one() -> None:
    query = f'folder(id:"{A}"){{...on FolderNode{{tasks{NODE % "name"}}}tasks{NODES}}}'
    found = carried_by(query, {"folder": {"tasks": connection({"name": "a", "id": B})}})
    assert f"entity:{B}" in found


def test_the_names_of_an_answer_are_those_that_were_asked_for() -> None:
    query = f'f: folders(ids:["{A}"]){{e: edges{{n: node{{i: id t: tasks{NODES}}}}}}}'
    answer = {"f": {"e": [{"n": {"i": A, "t": connection({"id": B})}}]}}
    assert carried_by(query, answer) >= {f"entity:{B}", f"members:task:{A}"}
