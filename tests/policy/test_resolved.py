"""What the answer to a URI carries. Mutations that must each fail: ids taken although a name is a
wildcard, or left out, or although more than one was found; `latest` or `hero` taken for a name;
`members` of the newest version left out; types walked left out of what was not found; a workfile's
name taken for unique; the roots left out; the suffix of USD left in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy import tags
from ayon_proxy.policy.invalidation.table import tags_of as tags_of_event
from ayon_proxy.policy.resolved import Walk, tags_of, walk

F, P, V, R, T, OTHER = (letter * 32 for letter in "abcdef")
FOLDER = "ayon+entity://Film/shots/sh010"
EXACT = f"{FOLDER}?product=renderMain&version=v003&representation=exr"
LATEST = f"{FOLDER}?product=renderMain&version=latest&representation=exr"
IDS = {"folderId": F, "productId": P, "versionId": V, "representationId": R}
FOUND = {"entities": [{"projectName": "Film", **IDS, "filePath": "/x.exr"}]}
NOT_FOUND: dict[str, Any] = {"entities": []}
PUBLISHED = ("folder", "product", "version", "representation")


@pytest.mark.parametrize(
    ("uri", "types", "exact", "newest"),
    [
        (FOLDER, 1, True, False),
        ("ayon://Film/shots/*", 1, False, False),
        ("ayon://Film", 1, False, False),
        ("ayon://Film?product=x", 2, False, False),
        (f"{FOLDER}?product=x", 2, True, False),
        (f"{FOLDER}?product=*", 2, False, False),
        (f"{FOLDER}?product=x&version=v003", 3, True, False),
        (f"{FOLDER}?product=x&version=V3", 3, True, False),
        (f"{FOLDER}?product=x&version=3", 3, True, False),
        (f"{FOLDER}?product=x&version=*", 3, False, False),
        (f"{FOLDER}?product=x&version=newest", 3, False, False),
        (f"{FOLDER}?product=x&version=latest", 3, True, True),
        (f"{FOLDER}?product=x&version=%20Hero", 3, True, True),
        (f"{FOLDER}?product=x&version=latestDone", 3, True, True),
        (f"{FOLDER}?version=v003", 3, False, False),
        (f"{FOLDER}?product=x&representation=exr", 4, False, False),
        (f"{FOLDER}?product=x&version=3&representation=*", 4, False, False),
        (f"{FOLDER}?product=&version=3&representation=exr", 4, False, False),
        (EXACT, 4, True, False),
        (f"{EXACT}:SDF_FORMAT_ARGS:a=b", 4, True, False),
        (f"{FOLDER}?product=x&version=v3:SDF_FORMAT_ARGS:a=b", 3, True, False),
        (LATEST, 4, True, True),
    ],
)
def test_where_a_uri_leads(uri: str, types: int, exact: bool, newest: bool) -> None:
    assert walk(uri) == Walk(PUBLISHED[:types], exact, newest)


@pytest.mark.parametrize(
    ("query", "last", "exact"),
    [
        ("task=anim", "task", True),
        ("task=*", "task", False),
        ("task=anim&workfile=sc.ma", "workfile", False),
        ("workfile=sc.ma", "workfile", False),
    ],
)
def test_where_a_uri_of_work_leads(query: str, last: str, exact: bool) -> None:
    way = walk(f"{FOLDER}?{query}")
    assert (way.types[-1], way.exact) == (last, exact)


def falls(uri: str, answer: dict[str, Any] | None, event: dict[str, Any]) -> bool:
    """Whether the stored answer is invalidated by an event."""
    hashes = {tags.tag_hash(tag) for tag in tags_of_event(event).now}
    return bool(hashes & set(tags.unpack(tags_of(uri, answer))))


def event(topic: str, entity: str, parent: str | None = OTHER) -> dict[str, Any]:
    return {"topic": topic, "project": "Film", "summary": {"entityId": entity, "parentId": parent}}


SHOWN = [
    event("entity.folder.renamed", F),
    event("entity.folder.renamed", OTHER),
    event("entity.folder.parent_changed", OTHER),
    event("entity.folder.deleted", OTHER),
    event("entity.product.renamed", P, F),
    event("entity.product.deleted", P, F),
    event("entity.product.folder_changed", P, F),
    event("entity.version.deleted", V, P),
    event("entity.version.product_changed", V, P),
    event("entity.representation.renamed", R, V),
    event("entity.representation.attrib_changed", R, V),
    event("entity.representation.data_changed", R, V),
    event("entity.representation.deleted", R, V),
    {"topic": "entity.project.deleted", "project": "Film", "summary": {}},
]


@pytest.mark.parametrize("happened", SHOWN, ids=lambda it: it["topic"])
@pytest.mark.parametrize("uri", [EXACT, LATEST])
def test_what_is_shown_falls_with_its_changes(uri: str, happened: dict[str, Any]) -> None:
    assert falls(uri, FOUND, happened)


@pytest.mark.parametrize(
    "happened",
    [
        event("entity.version.created", OTHER, T),
        event("entity.version.status_changed", OTHER, T),
        event("entity.representation.created", OTHER, OTHER),
        event("entity.representation.attrib_changed", OTHER, OTHER),
        event("entity.task.status_changed", T, F),
        event("entity.task.created", OTHER, F),
        event("entity.folder.created", OTHER, T),
        event("entity.folder.status_changed", OTHER, T),
        event("entity.folder.attrib_changed", OTHER, T),
        event("entity.product.created", OTHER, T),
        {
            "topic": "thumbnail.updated",
            "project": "Film",
            "summary": {"entityType": "version", "entityId": OTHER, "thumbnailHash": "x"},
        },
        {
            "topic": "activity.created",
            "project": "Film",
            "summary": {"references": [{"entity_id": OTHER, "reference_type": "origin"}]},
        },
    ],
    ids=lambda it: it["topic"],
)
@pytest.mark.parametrize("uri", [EXACT, LATEST])
def test_others_publish_and_what_was_found_stays(uri: str, happened: dict[str, Any]) -> None:
    assert not falls(uri, FOUND, happened)


def test_the_newest_version_falls_when_its_product_has_another() -> None:
    for topic in ("created", "deleted", "status_changed"):
        happened = event(f"entity.version.{topic}", OTHER, P)
        assert falls(LATEST, FOUND, happened)
        assert falls(LATEST.replace("latest", "hero"), FOUND, happened)
        # Representations go with a version that is deleted, and are not announced.
        assert falls(EXACT, FOUND, happened) is (topic == "deleted")


def test_the_newest_done_version_falls_when_the_statuses_change() -> None:
    happened = {"topic": "entity.project.statuses_changed", "project": "Film", "summary": {}}
    assert falls(LATEST.replace("latest", "latestdone"), FOUND, happened)


COARSE = [
    pytest.param(EXACT, NOT_FOUND, id="not found"),
    pytest.param(EXACT, None, id="not answered yet"),
    pytest.param(EXACT, {"entities": [{"filePath": "/x.exr"}]}, id="paths only"),
    pytest.param(EXACT, {"entities": [*FOUND["entities"], *FOUND["entities"]]}, id="two of them"),
    pytest.param(EXACT, {"entities": [{**IDS, "representationId": 7}]}, id="no id"),
    pytest.param(EXACT, {"entities": "garbage"}, id="no list"),
    pytest.param(EXACT, {"entities": ["garbage"]}, id="no entity"),
    pytest.param(EXACT.replace("v003", "*"), FOUND, id="any version"),
    pytest.param(EXACT.replace("exr", "*"), FOUND, id="any representation"),
    pytest.param(LATEST, NOT_FOUND, id="no newest one"),
]


@pytest.mark.parametrize(("uri", "answer"), COARSE)
@pytest.mark.parametrize("of", PUBLISHED)
def test_what_one_entity_does_not_decide_falls_with_its_types(
    uri: str, answer: dict[str, Any] | None, of: str
) -> None:
    assert falls(uri, answer, event(f"entity.{of}.created", OTHER, T))
    assert falls(uri, answer, event(f"entity.{of}.renamed", OTHER, T))


def test_a_task_that_was_not_found_may_appear() -> None:
    uri = f"{FOLDER}?task=anim&workfile=sc.ma"
    for each in ("folder", "task", "workfile"):
        assert falls(uri, NOT_FOUND, event(f"entity.{each}.created", OTHER, T))
    found = {"entities": [{"folderId": F, "taskId": T}]}
    assert not falls(f"{FOLDER}?task=anim", found, event("entity.task.created", OTHER, F))
    assert falls(f"{FOLDER}?task=anim", found, event("entity.task.renamed", T, F))


def test_paths_below_roots_fall_with_the_roots() -> None:
    happened = {"topic": "entity.project.config_changed", "project": "Film", "summary": {}}
    hashes = {tags.tag_hash(tag) for tag in tags_of_event(happened).now}
    assert not hashes & set(tags.unpack(tags_of(EXACT, FOUND)))
    assert hashes & set(tags.unpack(tags_of(EXACT, FOUND, rooted=True)))


def test_an_answer_belongs_to_the_project_that_its_uri_names() -> None:
    of_film = {"everything", "answers", "answers:film", "project:film"}
    assert {tags.tag_hash(each) for each in of_film} <= set(tags.unpack(tags_of(EXACT, FOUND)))
    assert tags.tag_hash("any") in tags.unpack(tags_of("garbage://x"))
    assert tags.tag_hash("any") not in tags.unpack(tags_of(EXACT, FOUND))


PIECES = st.text("ayon+:/%41[]@?#&=*é\0 productversionlatest3", max_size=30)


@given(PIECES, st.none() | st.dictionaries(st.just("entities"), st.lists(st.text(max_size=3))))
def test_no_uri_and_no_answer_makes_it_raise(uri: str, answer: dict[str, Any] | None) -> None:
    assert tags.tag_hash(tags.EVERYTHING) in tags.unpack(tags_of(uri, answer))


@given(PIECES)
def test_what_is_waited_for_falls_with_whatever_its_answer_may_fall_with(rest: str) -> None:
    before = set(tags.unpack(tags_of(f"{FOLDER}?{rest}")))
    for each in walk(f"{FOLDER}?{rest}").types:
        assert tags.tag_hash(f"type:film:{each}") in before
        assert tags.tag_hash(f"cascade:film:{each}") in before
