"""The tags of REST reads against the tables of what invalidates them.

Mutations that must each fail: a fact left out of a row of the route table (`derived` of a folder or
task, `paths`, `inherited`, `vocabulary`, `cascade` of any type, `assigned` of the folder list); a
tag that nothing invalidates; a whole type carried by the answer about one entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pytest

from ayon_proxy.policy import resolved, tags
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.invalidation import carried, unannounced
from ayon_proxy.policy.invalidation.table import TABLE, tags_of
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.routes.table import ROUTES
from ayon_proxy.policy.writes import changes
from ayon_proxy.policy.writes.table import TABLE as WRITES
from ayon_proxy.policy.writes.table import UNTOLD
from tests.demo.corpus import Record, requires_corpus
from tests.policy.test_invalidation_corpus import (
    RIGHTS,
    alike,
    announced,
    found_by_scan,
    mutations,
)

TYPES = ("folder", "task", "product", "version", "representation", "workfile")

STORING = (Kind.STORE, Kind.FILE)

Meaning = tuple[str, str]
"""A tag without ids and names: its kind, and the type it is about."""


def meanings(template: str, types: Iterable[str] = TYPES) -> Iterator[Meaning]:
    """`members:{type}:{parent}` → ("members", "folder"), ("members", "task"), …"""
    kind, *rest = template.split(":")
    of_type = kind in {"type", "cascade", "derived", "listed", "filtered", "members", "fields"}
    named = rest[0 if kind in {"members", "fields"} else 1] if of_type else ""
    scope = ":project" if kind == "any" and rest else ""
    for each in types if named.startswith("{") else (named,):
        yield kind + scope, each


def all_meanings(templates: Iterable[str], types: Iterable[str] = TYPES) -> set[Meaning]:
    return {found for template in templates for found in meanings(template, types)}


def invalidated() -> set[Meaning]:
    """By events, by what stands in for missing ones, and by writes."""
    found = {("everything", ""), ("any", ""), ("any:project", "")}
    for row in TABLE:
        of = row.entity_type()
        types = TYPES if of is None else (of,)
        found |= all_meanings((*row.now, *row.settling, *row.assigned), types)
    whole = (unannounced.UNSTORED, unannounced.EVENTLESS, unannounced.SCHEMA)
    found |= all_meanings(tag for tags_ in whole for tag in tags_)
    for of, templates in unannounced.SCANNED.items():
        found |= all_meanings(templates, (of,))
    for write in WRITES:
        found |= all_meanings((*write.tags, *write.otherwise))
    for told in (changes.EVENTLESS, changes.ALWAYS):
        found |= all_meanings(tag for tags_ in told.values() for tag in tags_)
    return found | all_meanings((*UNTOLD.values(), *changes.ACTIVITIES))


def carried_by_rows() -> set[Meaning]:
    """By REST reads."""
    return all_meanings(tag for route in ROUTES for tag in route.tags) | {("everything", "")}


def carried_by_questions() -> set[Meaning]:
    """By the rows of `carried`, for any type that the row can be about."""
    found = all_meanings((*carried.ALWAYS_OF_A_PROJECT, *carried.ALWAYS_OF_THE_STUDIO))
    for name, row in carried.OF_PROJECTS.items():
        moved = name in {"shows what other types move", "is the image of a thumbnail"}
        found |= all_meanings(row.tags, carried.DERIVED_FIELDS if moved else TYPES)
    of_all = {**carried.OF_THE_STUDIO, **carried.OF_UNKNOWN_REACH}
    return found.union(
        *(all_meanings(row.tags) for name, row in of_all.items() if name not in NOT_STORED)
    )


NOT_STORED = {"views": "passed on", "inbox": "passed on, and so is the question for it"}
"""Rows of `carried` that nobody's answers need, since those are never stored."""


def test_whatever_is_invalidated_some_read_carries() -> None:
    nobodys = invalidated() - carried_by_rows() - carried_by_questions()
    assert nobodys == {(name, "") for name in NOT_STORED}


def test_whatever_a_rest_read_carries_something_invalidates() -> None:
    assert carried_by_rows() - invalidated() == set()


def test_whatever_a_question_carries_something_invalidates() -> None:
    assert carried_by_questions() - invalidated() == set()


def falls(path: str, event: dict[str, Any]) -> bool:
    """Whether an event invalidates the stored answer to GET."""
    carries = set(tags.unpack(classify(Request("GET", path.encode())).tags))
    return not carries.isdisjoint(map(tags.tag_hash, tags_of(event).now))


ONE, OTHER, PARENT = ("0" * 32, "e" * 32, "f" * 32)


def told(topic: str, entity: str) -> dict[str, Any]:
    """An event with all that the summaries of any topic hold."""
    summary = {
        "entityId": entity,
        "parentId": PARENT,
        "entityName": "other",
        "references": [{"entity_id": entity, "reference_type": "origin"}],
        "versionId": entity,
        "id": entity,
        "inputId": entity,
        "outputId": PARENT,
    }
    return {"topic": topic, "project": "Film", "summary": summary}


EVERY_TOPIC = [name.replace("*", "x") for row in TABLE for name in row.names()]

EVERYBODYS = re.compile(
    r"entity\.(project|user|project_skeleton)\.|access_group\.|import|maintenance"
)
"""Rare, and says too little: all answers of the project or the studio fall."""

MOVES = {
    "folder.renamed",
    "folder.parent_changed",
    "task.renamed",
    "task.folder_changed",
    "product.renamed",
    "product.folder_changed",
    "version.product_changed",
    "representation.version_changed",
    "workfile.task_changed",
}
"""All paths below change, and with them who may see what."""

VERSIONS = {
    f"version.{what}"
    for what in (
        "created",
        "deleted",
        "status_changed",
        "active_changed",
        "task_changed",
        "thumbnail_changed",
        "renamed",
    )
}
"""They move what is derived from versions: flags of folders, `updatedAt` of tasks."""

FIELDS_OF_VERSIONS = {
    f"version.{what}"
    for what in ("label_changed", "data_changed", "tags_changed", "attrib_changed")
} | {"version.author_changed"}
"""Move the `updatedAt` of their tasks alone."""

REVIEWED = {"activity.updated", "activity.deleted", "reviewable.created", "thumbnail.updated"}

BYSTANDERS = {
    "folder": {
        *MOVES,
        *VERSIONS,
        *REVIEWED,
        "folder.created",
        "folder.deleted",
        "folder.attrib_changed",
        "folder.active_changed",
        "folder.thumbnail_changed",
        "task.created",
        "task.deleted",
        "task.type_changed",
        "task.active_changed",
        "product.created",
        "product.deleted",
        "product.active_changed",
    },
    "task": {
        *MOVES,
        *VERSIONS,
        *FIELDS_OF_VERSIONS,
        *REVIEWED,
        "folder.deleted",
        "folder.attrib_changed",
        "product.deleted",
    },
    "product": {*MOVES, "folder.deleted"},
    "version": {*MOVES, "folder.deleted", "task.deleted", "product.deleted"},
    "representation": {*MOVES, "folder.deleted", "product.deleted", "version.deleted"},
    "workfile": {*MOVES, "folder.deleted", "task.deleted"},
}
"""Type → events of *other* entities by which an answer about one of that type falls."""


@pytest.mark.parametrize("of", TYPES)
def test_events_of_others_reach_an_entity_only_where_they_may_change_it(of: str) -> None:
    path = f"/api/projects/film/{of}s/{ONE}"
    reached = {
        topic.removeprefix("entity.")
        for topic in EVERY_TOPIC
        if falls(path, told(topic, OTHER)) and not EVERYBODYS.match(topic)
    }
    assert reached == BYSTANDERS[of]


@pytest.mark.parametrize("of", TYPES)
def test_every_event_of_an_entity_reaches_the_answer_about_it(of: str) -> None:
    own = [topic for topic in EVERY_TOPIC if topic.startswith(f"entity.{of}.")]
    assert len(own) > 8
    for topic in (*own, "activity.created", "thumbnail.updated"):
        assert falls(f"/api/projects/film/{of}s/{ONE}", told(topic, ONE)), topic


@pytest.mark.parametrize(
    "path",
    [
        *(f"{of}s/{ONE}" for of in TYPES),
        *(f"{of}s/{ONE}/reviewables" for of in ("folder", "task", "product", "version")),
        "folders",
        "hierarchy",
        "grouping/task/status",
        "dashboard/health",
        "productTypes",
        "anatomy",
    ],
)
def test_whatever_shows_names_of_statuses_falls_when_one_is_renamed(path: str) -> None:
    """The recorded renames are followed by `entity.project.changed`, which reaches everything."""
    assert falls(f"/api/projects/film/{path}", told("entity.project.statuses_changed", OTHER))


@pytest.mark.parametrize("path", [f"folders/{ONE}", f"tasks/{ONE}", "folders"])
def test_what_inherits_falls_with_the_attributes_of_the_project(path: str) -> None:
    assert falls(f"/api/projects/film/{path}", told("entity.project.attrib_changed", OTHER))


IMAGES = [
    ("folders", ONE, "entity.folder.thumbnail_changed"),
    ("folders", OTHER, "entity.folder.renamed"),
    ("folders", OTHER, "entity.folder.deleted"),
    ("tasks", ONE, "thumbnail.updated"),
    ("versions", ONE, "thumbnail.updated"),
    ("versions", ONE, "reviewable.created"),
    ("versions", OTHER, "entity.product.deleted"),
    ("workfiles", ONE, "entity.workfile.thumbnail_changed"),
    ("thumbnails", OTHER, "thumbnail.updated"),
]


@pytest.mark.parametrize(("of", "entity", "topic"), IMAGES)
def test_an_image_falls_with_its_entity(of: str, entity: str, topic: str) -> None:
    path = f"/api/projects/film/{of}/{ONE}" + ("" if of == "thumbnails" else "/thumbnail")
    assert falls(path, told(topic, entity))


@pytest.mark.parametrize("topic", ["thumbnail.updated", "entity.version.created"])
@pytest.mark.parametrize("of", ["folders", "tasks", "versions"])
def test_an_image_stays_when_others_get_theirs(of: str, topic: str) -> None:
    """One that is taken from a version below is not given as fresh at all (policy.thumbnails)."""
    assert not falls(f"/api/projects/film/{of}/{ONE}/thumbnail", told(topic, OTHER))


@pytest.mark.parametrize("of", ["folders", "tasks", "versions"])
def test_missed_messages_about_thumbnails_reach_every_image(of: str) -> None:
    for path in (f"{of}/{ONE}/thumbnail", f"thumbnails/{ONE}"):
        carries = set(
            tags.unpack(classify(Request("GET", f"/api/projects/p/{path}".encode())).tags)
        )
        assert not carries.isdisjoint(map(tags.tag_hash, unannounced.unstored(["p"])))


STUDIO = [
    ("/api/projects", "projects"),
    ("/api/projectFolders", "projects"),
    ("/api/bundles", "bundles"),
    ("/api/addons", "addons"),
    ("/api/frontendModules", "bundles"),
    ("/api/settings", "bundles"),
    ("/api/settings/addons/siteSettings", "settings"),
    ("/api/addons/x/1.0.0/schema/film", "users"),
    ("/api/enum/x", "attributes"),
    ("/api/attributes/x", "schema"),
    ("/api/anatomy/presets", "anatomy"),
    ("/api/desktop/dependencyPackages", "packages"),
    ("/api/desktop/installers", "installers"),
    ("/api/system/sites", "sites"),
    ("/api/services", "services"),
    ("/api/system/restartRequired", "restart"),
    ("/api/users/me/permissions/film", "users"),
    ("/api/accessGroups/x/film", "users"),
    ("/api/projects/film/roots", "sites"),
    ("/api/projects/film/teams", "users"),
    ("/api/projects/film/bundle", "packages"),
    ("/api/projects/film/links/types", "projects"),
    ("/addons/x/1.0.0/private/client.zip", "addons"),
    ("/static/customization/x.png", "static"),
]


@pytest.mark.parametrize(("path", "tag"), STUDIO)
def test_what_the_studio_has_set_up_carries_its_class(path: str, tag: str) -> None:
    assert tags.tag_hash(tag) in tags.unpack(classify(Request("GET", path.encode())).tags)


@pytest.mark.parametrize("path", ["folders", "hierarchy"])
def test_the_folder_list_falls_with_whatever_concerns_folders(path: str) -> None:
    of_folders = {topic for topic in EVERY_TOPIC if topic.startswith("entity.folder.")}
    derived = {f"entity.{topic}" for topic in (*VERSIONS, "task.created", "task.assignees_changed")}
    for topic in of_folders | derived | {"entity.project.statuses_changed"}:
        assert falls(f"/api/projects/film/{path}", told(topic, OTHER)), topic
    for topic in ("entity.task.status_changed", "entity.representation.created", "link.created"):
        assert not falls(f"/api/projects/film/{path}", told(topic, OTHER)), topic


SUMMARIES = [
    *((path, of) for path in ("stats", "tags", "dashboard/entities") for of in TYPES),
    *((f"grouping/{of}/status", of) for of in TYPES),
    ("grouping/products/productType", "product"),
    ("dashboard/health", "task"),
    ("dashboard/activity", "task"),
]


@pytest.mark.parametrize(("path", "of"), SUMMARIES)
def test_what_is_counted_falls_with_what_it_counts(path: str, of: str) -> None:
    for what in ("created", "deleted", "status_changed", "tags_changed"):
        topic = f"entity.{of}.{what}"
        if topic in EVERY_TOPIC:
            assert falls(f"/api/projects/film/{path}", told(topic, OTHER)), topic


@pytest.mark.parametrize(
    ("path", "topics"),
    [
        (f"versions/{ONE}/reviewables", ("activity.created", "activity.deleted")),
        (f"versions/{ONE}/reviewables", ("reviewable.created", "entity.version.status_changed")),
        (f"tasks/{ONE}/watchers", ("activity.created", "activity.updated")),
        (f"tasks/{ONE}/thumbnail", ("thumbnail.updated", "entity.task.thumbnail_changed")),
        (f"lists/{ONE}", ("entity_list.changed", "entity_list.deleted")),
        (f"lists/{ONE}/entities", ("entity_list.changed",)),
    ],
)
def test_what_hangs_on_one_entity_falls_with_its_own_events(
    path: str, topics: tuple[str, ...]
) -> None:
    for topic in topics:
        assert falls(f"/api/projects/film/{path}", told(topic, ONE)), topic


@pytest.mark.parametrize("of", ["folder", "task", "product"])
@pytest.mark.parametrize(
    "topic",
    ["activity.created", "reviewable.created", "entity.version.status_changed"],
)
def test_reviewables_below_fall_with_those_of_any_version(of: str, topic: str) -> None:
    assert falls(f"/api/projects/film/{of}s/{ONE}/reviewables", told(topic, OTHER))


def test_a_login_leaves_the_settings_of_a_bundle_alone() -> None:
    """Every process that starts logs in, and asks for them."""
    assert not falls("/api/settings", told("auth.login", OTHER))
    assert falls("/api/settings", told("settings.changed", OTHER))
    assert falls("/api/users/me", told("auth.login", OTHER))


class Read(NamedTuple):
    """A recorded REST read, with the hashes that the row of its answer carries."""

    path: str
    carries: frozenset[int]
    changed: bool
    watched: float
    """Seconds that it may be given while every event is seen."""


def reads(mutation: Record) -> Iterator[Read]:
    """The recorded REST reads of stored rows, with the answer from before the change."""
    for read in mutation["reads"]:
        sent, before, after = read["request"], read["before"], read["after"]
        row = classify(Request(sent["method"], sent["path"].encode()))
        changed = not isinstance(after, str) and alike(before) != alike(after)
        if row.route.kind in STORING and before["status"] == 200:
            found = frozenset(tags.unpack(row.tags))
            yield Read(sent["path"], found, changed, row.route.lifetimes.of(watched=True))
        elif row.route.kind is Kind.RESOLVE:
            for entry in before["body"]:
                found = frozenset(tags.unpack(resolved.tags_of(entry["uri"], entry)))
                yield Read(entry["uri"], found, changed, row.route.lifetimes.of(watched=True))


def hashes(names: Iterable[str]) -> frozenset[int]:
    return frozenset(map(tags.tag_hash, names))


MUTATIONS = [pytest.param(each, id=name) for name, each in mutations()]
ANNOUNCED = [pytest.param(each, id=name) for name, each in mutations() if each["ws"]]

SHORT = 60
"""Seconds: what no event and no scan tells of is shown within (contract, G3)."""


@requires_corpus
@pytest.mark.parametrize("mutation", ANNOUNCED)
def test_a_recorded_change_reaches_every_stored_answer_that_it_changed(mutation: Record) -> None:
    found = hashes(announced(mutation))
    assert [
        read.path for read in reads(mutation) if read.changed and found.isdisjoint(read.carries)
    ] == []


@requires_corpus
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_no_event_tells_is_found_by_the_scan_or_shown_within_a_minute(
    mutation: Record,
) -> None:
    """Fields of entities have `updatedAt`; everything else without an event lives short (1.4).

    But for rights: whoever has them still may see what was answered to them, so that it is the
    proofs of the caller that end (contract, G4).
    """
    written = mutation["exchanges"][mutation["write"]]["request"]["path"]
    if RIGHTS.match(written):
        return
    found = hashes(announced(mutation) | found_by_scan(mutation))
    assert [
        read.path
        for read in reads(mutation)
        if read.changed and found.isdisjoint(read.carries) and read.watched > SHORT
    ] == []


@requires_corpus
def test_the_recorded_changes_of_stored_answers_are_really_looked_at() -> None:
    changed = [read for _, each in mutations() for read in reads(each) if read.changed]
    by_events = [
        read
        for _, each in mutations()
        if each["ws"]
        for read in reads(each)
        if read.changed and not hashes(announced(each)).isdisjoint(read.carries)
    ]
    print(f"\n{len(changed)} changed answers, {len(by_events)} reached by events")
    assert len(changed) > 300
    assert len(by_events) > 250
