"""What whom is shown: projects, folders, attributes, users, events (server.md 4.2).

Broken on purpose and seen to fail: `sees` always true, events of others let through, `attrib_read`
not looked at, the users' list open to all.
"""

from __future__ import annotations

from typing import Any

import pytest

from ayon_proxy.demo.film import FILM, SECRET, small_film
from ayon_proxy.demo.people import AccessGroup, permissions
from ayon_proxy.demo.studio import Studio
from tests.demo.graphql_asking import asked, nodes


@pytest.fixture
def studio() -> Studio:
    return small_film()


def restrict(studio: Studio, **sections: Any) -> None:
    """Give `lighter` a group with these restrictions, on the film."""
    group = AccessGroup(name="few", permissions=permissions(**sections))
    studio.access_groups["few", None] = group
    studio.users["lighter"].data["accessGroups"] = {FILM: ["few"]}


@pytest.mark.parametrize(
    ("user", "expected"),
    [("admin", {FILM, SECRET}), ("service", {FILM, SECRET}), ("artist", {FILM})],
)
def test_projects_are_those_one_may_enter(studio: Studio, user: str, expected: set[str]) -> None:
    data, _ = asked(studio, user, "{projects{edges{node{name}}}}")
    assert {edge["node"]["name"] for edge in data["projects"]["edges"]} == expected


def test_forbidden_project_is_not_found(studio: Studio) -> None:
    query = f'{{project(name:"{SECRET}"){{name}}}}'
    assert asked(studio, "artist", query) == (None, ["Project not found"])


@pytest.mark.parametrize(
    "connection", ["folders", "tasks", "products", "versions", "representations", "workfiles"]
)
def test_restricted_user_sees_less_of_every_type(studio: Studio, connection: str) -> None:
    lit = next(task for task in studio.projects[FILM].tasks.values() if "lighter" in task.assignees)
    everything = nodes(studio, "artist", FILM, f"{connection}(first:900)", "id")
    seen = nodes(studio, "lighter", FILM, f"{connection}(first:900)", "id")
    assert everything
    assert len(seen) < len(everything)
    if connection == "tasks":
        assert lit.id in {node["id"] for node in seen}


def test_folders_above_those_one_may_read_are_shown(studio: Studio) -> None:
    rule = {"access_type": "hierarchy", "path": "/shots/sq010"}
    restrict(studio, read={"enabled": True, "access_list": [rule]})
    paths = {node["path"] for node in nodes(studio, "lighter", FILM, "folders", "path")}
    assert paths == {"/shots", "/shots/sq010"} | {f"/shots/sq010/sh00{n}0" for n in (1, 2, 3)}


def test_user_without_any_folder_is_refused(studio: Studio) -> None:
    restrict(studio, read={"enabled": True, "access_list": []})
    query = f'{{project(name:"{FILM}"){{folders{{edges{{cursor}}}}}}}}'
    data, errors = asked(studio, "lighter", query)
    assert data is None
    assert errors == [f"Read access denied for lighter in project {FILM}"]


def test_without_sibling_tasks_only_ones_own_are_shown(studio: Studio) -> None:
    restrict(
        studio,
        read={"enabled": True, "access_list": [{"access_type": "assigned"}]},
        advanced={"show_sibling_tasks": False},
    )
    seen = nodes(studio, "lighter", FILM, "tasks", "assignees")
    assert [node["assignees"] for node in seen] == [["lighter"]]


def test_attributes_one_may_not_read_are_left_out(studio: Studio) -> None:
    restrict(studio, attrib_read={"enabled": True, "attributes": ["fps"]})
    fields = "allAttrib attrib{fps frameEnd}"
    for node in nodes(studio, "lighter", FILM, 'folders(names:["sh0010"])', fields):
        assert '"fps"' in node["allAttrib"]
        assert "frameEnd" not in node["allAttrib"]
        assert node["attrib"]["frameEnd"] is None


def test_list_of_all_users_is_refused_but_not_that_of_a_project(studio: Studio) -> None:
    assert asked(studio, "artist", "{users{edges{node{name}}}}") == (
        None,
        ["You are not allowed to access list_all_users"],
    )
    query = '{users(projectName:"PROJECT"){edges{node{name attrib{fullName email}}}}}'
    for project, names in ((FILM, ["admin", "artist", "lighter"]), (SECRET, ["admin"])):
        data, errors = asked(studio, "artist", query.replace("PROJECT", project))
        assert not errors
        assert [edge["node"]["name"] for edge in data["users"]["edges"]] == names


def test_others_show_their_names_only(studio: Studio) -> None:
    studio.users["admin"].attrib["email"] = "admin@example.com"
    query = f'{{users(projectName:"{FILM}",names:["admin"]){{edges{{node{{allAttrib}}}}}}}}'
    seen = {user: str(asked(studio, user, query)) for user in ("artist", "service")}
    assert "admin@example.com" in seen["service"]
    assert "admin@example.com" not in seen["artist"]
    assert "Admin" in seen["artist"]


def test_ones_own_events_are_shown_and_any_that_is_named(studio: Studio) -> None:
    events = studio.events
    theirs = events.dispatch("bundle.created", user="admin")
    mine = events.dispatch("entity.task.created", user="artist", project=FILM)
    events.dispatch("log.info", user="artist")

    def ids(arguments: str, user: str = "artist") -> list[str]:
        data, errors = asked(studio, user, f"{{events{arguments}{{edges{{node{{id}}}}}}}}")
        assert not errors
        return [edge["node"]["id"] for edge in data["events"]["edges"]]

    assert ids("") == [mine.id]
    assert ids("", "admin") == [theirs.id, mine.id]
    assert ids(f'(ids:["{theirs.id}"])') == [theirs.id]
    assert len(ids("(includeLogs:true)")) == 2
    assert ids('(topics:["bundle.*"])', "admin") == [theirs.id]
    assert ids("(hasChildren:false)", "admin") == []


def test_link_to_what_one_may_not_read_shows_no_node(studio: Studio) -> None:
    rule = {"access_type": "hierarchy", "path": "/assets/characters"}
    restrict(studio, read={"enabled": True, "access_list": [rule]})
    fields = "links{edges{entityId node{id}}}"
    (fox,) = nodes(studio, "lighter", FILM, 'folders(names:["fox"])', fields)
    assert fox["links"]["edges"]
    assert all(edge["node"] is None for edge in fox["links"]["edges"])
    (fox,) = nodes(studio, "artist", FILM, 'folders(names:["fox"])', fields)
    assert all(edge["node"]["id"] == edge["entityId"] for edge in fox["links"]["edges"])


def test_board_shows_restricted_users_their_own_tasks(studio: Studio) -> None:
    query = "{kanban{edges{node{projectName assignees}}}}"
    data, _ = asked(studio, "lighter", query)
    assert [edge["node"]["assignees"] for edge in data["kanban"]["edges"]] == [["lighter"]]
    data, _ = asked(studio, "artist", query)
    assert {edge["node"]["projectName"] for edge in data["kanban"]["edges"]} == {FILM}
