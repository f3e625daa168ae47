"""The table of events. Mutations that must each fail: any row left out; `later` left out; an
unknown topic that invalidates nothing; a missing id that invalidates nothing; a project in its own
case; an id with dashes; `origin` taken from all references; one end of a link; a null parent left
out; a prefix row that matches in full only; harmless topics not honoured, or for known ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ayon_proxy.policy.feed.effects import OWN_TOPIC
from ayon_proxy.policy.invalidation import carried, unannounced
from ayon_proxy.policy.invalidation.entities import ITSELF, MEMBER
from ayon_proxy.policy.invalidation.table import TABLE, Invalidation, Later, row_of, tags_of
from ayon_proxy.policy.invalidation.topic import ASSIGNED_SECONDS, SETTLE_SECONDS, expanded

F = "f" * 32
G = "0" * 32

ENTITY_TYPES = ("folder", "task", "product", "version", "representation", "workfile")

CHANGES = {
    "label_changed": ENTITY_TYPES,
    "data_changed": ENTITY_TYPES,
    "status_changed": ENTITY_TYPES,
    "tags_changed": ENTITY_TYPES,
    "attrib_changed": ENTITY_TYPES,
    "active_changed": ENTITY_TYPES,
    "renamed": ENTITY_TYPES,
    "type_changed": ("folder", "task"),
    "thumbnail_changed": ("folder", "task", "version", "workfile"),
    "assignees_changed": ("task",),
    "parent_changed": ("folder",),
    "folder_changed": ("task", "product"),
    "task_changed": ("version", "workfile"),
    "product_changed": ("version",),
    "version_changed": ("representation",),
    "product_type_changed": ("product",),
    "author_changed": ("version",),
}
"""server.md 1.2: the changes, and the types that have such a column."""

TOPICS = [
    *(f"entity.{each}.{what}" for each in ENTITY_TYPES for what in ("created", "deleted")),
    *(f"entity.{each}.{change}" for change, types in CHANGES.items() for each in types),
    *(
        f"entity.project.{change}"
        for change in (
            "created",
            "deleted",
            "renamed",
            "changed",
            "attrib_changed",
            "data_changed",
            "label_changed",
            "active_changed",
            "config_changed",
            "statuses_changed",
            "tags_changed",
            "folder_types_changed",
            "task_types_changed",
        )
    ),
    "entity.project_skeleton.created",
    *(f"entity.user.{change}" for change in ("created", "deleted", "renamed")),
    "thumbnail.updated",
    "activity.created",
    "activity.updated",
    "activity.deleted",
    "inbox.message",
    "reviewable.created",
    "link.created",
    "links.created",
    "link.deleted",
    *(f"entity_list.{change}" for change in ("created", "changed", "deleted")),
    "settings.changed",
    *(f"bundle.{change}" for change in ("created", "updated", "status_changed")),
    "access_group.updated",
    "access_group.deleted",
    "auth.login",
    "auth.logout",
    "user.log_fail",
    "addon.install",
    "addon.install_from_url",
    "installer.install_from_url",
    "dependency_package.install_from_url",
    "import.data",
    "maintenance",
    "server.started",
    "server.restart_requested",
    "server.restart_required",
    "server.log_collector_started",
    "log.error",
    "action.launcher",
    "heartbeat",
]
"""Every topic of server.md 1.2."""


def event(topic: str, project: Any = "Demo", **summary: Any) -> dict[str, Any]:
    return {"topic": topic, "project": project, "summary": summary}


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_of_upstream_has_a_row(topic: str) -> None:
    assert row_of(topic) is not None


def test_no_row_is_for_a_topic_that_upstream_does_not_have() -> None:
    listed = {name for row in TABLE for name in row.names()}
    prefixes = {name[:-1] for name in listed if name.endswith("*")}
    known = {*TOPICS, OWN_TOPIC}
    assert {name for name in listed if not name.endswith("*")} <= known
    assert all(any(topic.startswith(prefix) for topic in known) for prefix in prefixes)


def test_no_topic_is_listed_twice() -> None:
    names = [name for row in TABLE for name in row.names()]
    assert len(names) == len(set(names))


def test_every_row_says_what_it_rests_on() -> None:
    assert all(row.source for row in TABLE)


def test_what_comes_later_came_first() -> None:
    """But for the lists that upstream keeps in a cache of its own."""
    for row in TABLE:
        assert set(row.assigned) <= set(row.now), row.topics
        extra = set(row.settling) - set(row.now)
        assert extra <= {"derived:{project}:folder", "type:{project}:folder"}, row.topics


def kinds(templates: frozenset[str] | set[str] | tuple[str, ...]) -> set[str]:
    """Tags without what is particular to one: `derived`, `users`."""
    return {template.partition(":")[0] for template in templates}


def test_what_an_event_invalidates_some_read_carries_and_the_reverse() -> None:
    invalidated = {template for row in TABLE for template in (*row.now, *row.settling)}
    invalidated |= {*unannounced.EVENTLESS, *unannounced.UNSTORED, *unannounced.SCHEMA}
    carrying = {tag for row in carried.OF_PROJECTS.values() for tag in row.tags}
    carrying |= {tag for row in carried.OF_THE_STUDIO.values() for tag in row.tags}
    always = {*carried.ALWAYS_OF_A_PROJECT, *carried.ALWAYS_OF_THE_STUDIO}
    assert kinds(invalidated) <= kinds(carrying | always)
    # `everything` is for events that the table does not know, the others for writes.
    by_others = {"everything", "listed", "filtered"}
    assert kinds(carrying | always) - by_others <= kinds(invalidated)


def test_every_type_that_is_invalidated_as_a_whole_is_one_that_is_read() -> None:
    types = {*ENTITY_TYPES, "activity", "link", "list", "thumbnail"}
    for row in TABLE:
        for template in (*row.now, *row.settling):
            head, _, entity_type = template.rpartition(":{project}:")
            if head:
                assert entity_type in {*types, "{type}", "{touched}"}, template


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
def test_every_change_of_an_entity_reaches_all_that_show_or_list_it(entity_type: str) -> None:
    for topic in TOPICS:
        if topic.startswith(f"entity.{entity_type}."):
            row = row_of(topic)
            assert row is not None
            assert set(ITSELF) <= set(row.now), topic
            if topic.endswith(("created", "deleted", "renamed", "parent_changed")):
                assert set(MEMBER) <= set(row.now), topic


SILENT = [
    ("entity.folder.renamed", {"paths:demo"}),
    ("entity.folder.parent_changed", {"paths:demo", "inherited:demo", "cascade:demo:folder"}),
    ("entity.folder.attrib_changed", {"inherited:demo"}),
    (
        "entity.folder.deleted",
        {f"cascade:demo:{each}" for each in ENTITY_TYPES} | {"derived:demo:folder"},
    ),
    ("entity.folder.created", {"derived:demo:folder"}),
    ("entity.task.created", {"derived:demo:folder", "assignments:demo"}),
    (
        "entity.task.deleted",
        {"cascade:demo:workfile", "cascade:demo:version", "derived:demo:folder"},
    ),
    ("entity.product.created", {"derived:demo:folder", "product_types"}),
    ("entity.product.deleted", {"cascade:demo:version", "cascade:demo:representation"}),
    (
        "entity.version.created",
        {f"derived:demo:{each}" for each in ("folder", "task", "product", "version")},
    ),
    ("entity.version.attrib_changed", {"derived:demo:task"}),
    ("entity.version.deleted", {"cascade:demo:representation", f"links:{F}"}),
    ("entity.version.status_changed", {"derived:demo:product", "derived:demo:version"}),
]


@pytest.mark.parametrize(("topic", "tags"), SILENT, ids=[topic for topic, _ in SILENT])
def test_an_event_stands_for_its_silent_side_effects(topic: str, tags: set[str]) -> None:
    """server.md 1.5, of entities."""
    assert tags <= tags_of(event(topic, entityId=F, parentId=G)).now


H = "a" * 32

LEFT_ALONE = [
    ("entity.task.status_changed", ("lists under a parent", "asked by id"), "task"),
    ("entity.folder.label_changed", ("asked by path, found", "shows attributes"), "folder"),
    ("entity.folder.created", ("asked by path, found", "lists under a parent"), "folder"),
    ("entity.version.created", ("lists under a parent", "asked by id"), "version"),
    ("entity.version.created", ("shows or matches paths", "asked by id"), "folder"),
    (
        "entity.product.created",
        ("lists under a parent", "shows names of statuses or types"),
        "product",
    ),
    ("entity.representation.created", ("lists under a parent",), "representation"),
    ("entity.workfile.created", ("lists under a parent",), "workfile"),
]


@pytest.mark.parametrize(("topic", "rows", "entity_type"), LEFT_ALONE)
def test_a_busy_project_keeps_what_an_event_does_not_concern(
    topic: str, rows: tuple[str, ...], entity_type: str
) -> None:
    other = {"asked": (H,), "shown": (H,), "parent": (H,)}
    values = {"project": ("demo",), "type": (entity_type,), **other}
    tags = {tag for row in rows for tag in expanded(carried.OF_PROJECTS[row].tags, values) or ()}
    assert tags
    assert not tags & tags_of(event(topic, entityId=F, parentId=G)).now


@pytest.mark.parametrize(
    ("happened", "tags"),
    [
        (event("entity.project.statuses_changed"), {"vocabulary:demo"}),
        (event("entity.project.attrib_changed"), {"inherited:demo"}),
        (event("entity.project.deleted"), {"project:demo", "studio"}),
        (event("entity.project.renamed", None, entityName="Old"), {"project:old", "answers"}),
        (event("entity.project.changed"), {"answers:demo", "projects"}),
        (event("entity.user.renamed", None, entityName="a"), {"answers"}),
        (event("entity.user.deleted", None, entityName="a"), {"answers"}),
        (event("access_group.deleted", None, name="g"), {"answers"}),
        (event("maintenance", None), {"answers"}),
        (event("settings.changed", None, addon_name="a"), {"settings", "bundles"}),
    ],
    ids=lambda each: each["topic"] if isinstance(each, dict) else "",
)
def test_an_event_of_the_studio_reaches(happened: dict[str, Any], tags: set[str]) -> None:
    assert tags <= tags_of(happened).now


def test_a_row_is_read_like_this() -> None:
    assert tags_of(event("entity.task.status_changed", entityId=F, parentId=G)) == Invalidation(
        frozenset({f"entity:{F}", f"fields:task:{G}", "type:demo:task", "any:demo", "any"})
    )
    assigned = frozenset({"assignments:demo", "any:demo", "any"})
    assert tags_of(event("entity.task.assignees_changed", entityId=F, parentId=G)) == Invalidation(
        assigned | {f"entity:{F}", f"fields:task:{G}", "type:demo:task"},
        (Later(SETTLE_SECONDS, assigned), Later(ASSIGNED_SECONDS, assigned)),
    )


def test_whatever_invalidates_anything_reaches_the_answers_of_unknown_reach() -> None:
    for topic in TOPICS:
        row = row_of(topic)
        assert row is not None
        found = tags_of(event(topic, entityId=F, parentId=G, entityName="demo"))
        for now in (found.now, *(later.tags for later in found.later)):
            assert {"any", "any:demo"} <= now or not now, topic
    assert "any" in tags_of(event("settings.changed", None)).now


@pytest.mark.parametrize("found", [unannounced.unstored, unannounced.eventless])
def test_what_is_dropped_whole_reaches_the_answers_of_unknown_reach(found: Any) -> None:
    assert {"any", "any:demo"} <= found(["Demo"])
    assert {"any", "any:demo"} <= unannounced.scanned("Demo", "task", F, G)


def test_the_parent_of_a_root_folder_is_its_project() -> None:
    now = tags_of(event("entity.folder.created", entityId=F, parentId=None)).now
    assert {"members:folder:demo", "fields:folder:demo"} <= now


def test_ids_are_spelled_as_upstream_spells_them() -> None:
    dashed = "FFFFFFFF-ffff-ffff-ffff-ffffffffffff"
    now = tags_of(event("entity.task.created", entityId=dashed, parentId=dashed)).now
    assert {f"entity:{F}", f"members:task:{F}"} <= now


def test_a_summary_may_be_text() -> None:
    written = event("entity.task.created", entityId=F, parentId=G)
    assert tags_of({**written, "summary": json.dumps(written["summary"])}) == tags_of(written)


def test_an_activity_reaches_where_it_is_shown_and_touches_its_origin_only() -> None:
    references = [
        {"entity_id": F, "entity_type": "task", "reference_type": "origin"},
        {"entity_id": G, "entity_type": "folder", "reference_type": "relation"},
        {"entity_id": None, "entity_type": "user", "reference_type": "author"},
    ]
    now = tags_of(event("activity.created", references=references)).now
    assert {f"activities:{F}", f"activities:{G}", f"entity:{F}"} <= now
    assert f"entity:{G}" not in now


LINK = {"inputId": F, "outputId": G}


@pytest.mark.parametrize(
    "happened", [event("link.deleted", **LINK), event("links.created", links=[LINK])]
)
def test_a_link_reaches_both_its_ends(happened: dict[str, Any]) -> None:
    reached = tags_of(happened).now - {"any", "any:demo"}
    assert reached == {f"links:{F}", f"links:{G}", "type:demo:link"}


WHOLE = frozenset({"project:demo", "any:demo", "any"})
PROJECT = Invalidation(WHOLE, (Later(SETTLE_SECONDS, WHOLE),))
ALL = frozenset({"everything", "any"})
EVERYTHING = Invalidation(ALL, (Later(SETTLE_SECONDS, ALL),))


@pytest.mark.parametrize(
    "happened",
    [
        event("something.new"),
        event("entity.folder.colour_changed", entityId=F, parentId=G),
        event("entity.folder.label_changed"),
        event("entity.folder.label_changed", entityId=F),
        event("entity.folder.label_changed", entityId=7, parentId=G),
        event("entity.folder.label_changed", entityId=F, parentId=["x"]),
        event("activity.created", references={"entity_id": F}),
        event("activity.created", references=[F]),
        event("link.created", inputId=F),
        event("links.created", links=[LINK, {"inputId": F}]),
        event("links.created", links="x"),
        event("entity_list.changed"),
        {"topic": "entity.folder.created", "project": "demo", "summary": "{"},
        {"topic": "entity.folder.created", "project": "demo", "summary": "[1]"},
        {"topic": "entity.folder.created", "project": "demo"},
        {"topic": 7, "project": "demo"},
        {"project": "demo"},
    ],
)
def test_what_is_not_understood_invalidates_its_project(happened: dict[str, Any]) -> None:
    assert tags_of(happened) == PROJECT


@pytest.mark.parametrize(
    "happened",
    [
        event("something.new", None),
        event("something.new", ""),
        event("something.new", 7),
        event("entity.folder.created", None, entityId=F, parentId=None),
        event("entity.project.renamed", None),
        {},
    ],
)
def test_what_is_not_understood_and_names_no_project_invalidates_everything(
    happened: dict[str, Any],
) -> None:
    assert tags_of(happened) == EVERYTHING


@pytest.mark.parametrize("topic", ["heartbeat", "log.error", "action.launcher", OWN_TOPIC])
@pytest.mark.parametrize("project", ["demo", None, 7])
def test_what_changes_nothing_invalidates_nothing(topic: str, project: Any) -> None:
    assert tags_of({"topic": topic, "project": project}) == Invalidation(frozenset())


def test_topics_that_the_studio_vouches_for_invalidate_nothing() -> None:
    harmless = ("ftrack.*", "shotgrid.event")
    for topic in ("ftrack.leech", "shotgrid.event"):
        assert tags_of(event(topic), harmless) == Invalidation(frozenset())
    assert tags_of(event("shotgrid.event.other"), harmless) == PROJECT
    assert tags_of({"topic": 7, "project": "demo"}, harmless) == PROJECT
    assert tags_of(event("settings.changed"), ("*",)).now


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(F),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["entityId", "parentId", "entityName", "references", "links", "inputId", "outputId", "id"]
)
REFERENCES = st.lists(
    st.dictionaries(st.sampled_from(["entity_id", "reference_type", "inputId", "outputId"]), JSON)
)
SUMMARIES = st.dictionaries(KEYS, JSON | REFERENCES) | JSON
EVENTS = st.fixed_dictionaries(
    {}, optional={"topic": st.sampled_from(TOPICS) | JSON, "project": JSON, "summary": SUMMARIES}
)


@given(EVENTS)
@example({"topic": "entity.folder.created", "project": "d", "summary": "[" * 100_000})
def test_no_event_raises_and_none_that_is_not_understood_is_ignored(
    happened: dict[str, Any],
) -> None:
    invalidation = tags_of(happened)
    topic = happened.get("topic")
    row = row_of(topic) if isinstance(topic, str) else None
    assert bool(invalidation.now) == (row is None or bool(row.now))


@pytest.mark.parametrize("entity_type", ENTITY_TYPES)
def test_a_scanned_change_reaches_what_a_change_without_event_may_touch(entity_type: str) -> None:
    found = unannounced.scanned("Demo", entity_type, F.upper(), G)
    assert {f"entity:{F}", f"fields:{entity_type}:{G}", f"type:demo:{entity_type}"} <= found
    if entity_type == "version":
        assert {"derived:demo:product", "derived:demo:version", f"members:version:{G}"} <= found


def test_a_scanned_root_folder_belongs_to_its_project() -> None:
    assert "fields:folder:demo" in unannounced.scanned("Demo", "folder", F, None)


def test_what_is_dropped_whole_names_every_project_in_use() -> None:
    assert {"cascade:a:thumbnail", "cascade:b:thumbnail", "inbox"} <= unannounced.unstored(
        ["A", "b"]
    )
    assert {"type:a:link", "users", "packages"} <= unannounced.eventless(["a"])
    assert "users" in unannounced.eventless([])


@pytest.mark.parametrize(
    ("entity_type", "fields"),
    [
        ("product", {"versionList", "latestVersion", "featuredVersion"}),
        ("version", {"isLatest", "isLatestDone", "heroVersionId", "hasReviewables"}),
        ("folder", {"hasVersions", "hasTasks", "taskNames", "taskCount", "hasChildren"}),
        ("folder", {"childCount", "productCount", "hasReviewables", "thumbnailHash"}),
        ("task", {"updatedAt", "thumbnailHash", "hasReviewables"}),
    ],
)
def test_what_other_types_move_is_named(entity_type: str, fields: set[str]) -> None:
    """server.md 1.5: version, task, folder create; thumbnail upload."""
    assert fields <= carried.DERIVED_FIELDS[entity_type]


def test_the_state_of_a_status_decides_which_version_is_done() -> None:
    """server.md 1.5, without `entity.project.changed`, which follows and tells of all."""
    fallen = tags_of({"topic": "entity.project.statuses_changed", "project": "demo"}).now
    assert {"derived:demo:product", "derived:demo:version"} <= fallen


def test_a_template_without_its_value_is_no_tag() -> None:
    assert expanded(("entity:{id}",), {}) is None
    assert expanded(("entity:{id}", "x"), {"id": ()}) == frozenset({"x"})
    assert expanded(("a:{id}",), {"id": ("1", "{id}")}) == frozenset({"a:1", "a:{id}"})


@pytest.mark.parametrize(
    ("activity_type", "touches"),
    [("comment", True), ("reviewable", True), ("novelty", True), ("attrib.change", False)],
)
def test_a_comment_moves_the_time_of_its_entity_in_lists(activity_type: str, touches: bool) -> None:
    event = {
        "topic": "activity.created",
        "project": "p",
        "summary": {
            "activity_type": activity_type,
            "references": [
                {"entity_id": F, "entity_type": "folder", "reference_type": "origin"},
                {"entity_id": F, "entity_type": "task", "reference_type": "relation"},
            ],
        },
    }
    fallen = tags_of(event).now
    assert ({"type:p:folder", "filtered:p:folder"} <= fallen) is touches
    assert "type:p:task" not in fallen
