"""Whatever upstream answers, nothing is raised, and what the question alone tells is not lost.

Broken once, to see it fail: a node taken for an object without looking, ids of any type taken,
tags of the question left to what the answer shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ayon_proxy.policy.shown import examined, shown
from ayon_proxy.policy.tags import pack
from tests.policy.graphql.questions import answer, questions, spelled
from tests.policy.graphql.spelling import Selections
from tests.policy.shown.asking import asked, connection, in_film

NODES = "{edges{node{id}}}"
SEVERAL = asked(
    in_film(
        'folders(paths:["/a"]){edges{node{id name tasks' + NODES + "links{edges{entityId}}}}}"
        'entityLists(ids:["1"]){edges{node{id items{edges{entityId}}}}}'
        'versions(productIds:["2"]){edges{node{id product{folder{id}}}}}'
    )
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                (
                    "data",
                    "project",
                    "folders",
                    "edges",
                    "node",
                    "id",
                    "tasks",
                    "links",
                    "entityId",
                    "items",
                    "product",
                    "folder",
                    "entityLists",
                    "versions",
                )
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=40,
)


@given(anything)
def test_whatever_is_answered_the_tags_of_the_question_are_carried(mutilated: Any) -> None:
    found = shown(SEVERAL, mutilated)
    alone = shown(SEVERAL, {"data": {"project": PROMPT}}).tags
    assert found.tags >= {each for each in alone if not each.endswith(":0")}
    assert pack(found.tags)


PROMPT: dict[str, Any] = {"folders": connection({"id": "0"}), "entityLists": connection()}
"""An answer that shows all that was asked for by path, and nothing else."""


@given(anything)
def test_what_is_asked_for_by_path_is_waited_for_unless_it_is_there(folders: Any) -> None:
    found = shown(SEVERAL, {"data": {"project": {"folders": folders}}})
    connections = folders if isinstance(folders, list) else [folders]
    there = any(
        isinstance(edge, dict)
        for each in connections
        if isinstance(each, dict) and isinstance(each.get("edges"), list)
        for edge in each["edges"]
    )
    assert there or "type:film:folder" in found.tags


@settings(deadline=None)
@given(questions(), st.integers(0, 9))
def test_every_entity_that_is_shown_is_told(asked_for: Selections, seed: int) -> None:
    body = spelled(asked_for, seed)
    data = answer(body)
    assume(data is not None)
    found = shown(asked(body["query"], **body["variables"]), {"data": data})
    assert found.tags >= {f"entity:{each}" for each in ids(data)}
    assert not found.unknown


def ids(answer: Any) -> Iterator[str]:
    """The ids of all nodes."""
    waiting = [answer]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting.extend(each.values())
            if isinstance(each.get("id"), str):
                yield each["id"]
        elif isinstance(each, list):
            waiting.extend(each)


@given(st.integers(1, 500), st.none() | st.text(max_size=8), st.booleans())
def test_all_pages_of_a_list_fall_together(size: int, cursor: str | None, backwards: bool) -> None:
    arguments: dict[str, Any] = {"last" if backwards else "first": size}
    if cursor is not None:
        arguments["before" if backwards else "after"] = cursor
    page = ", ".join(f"{name}: {json.dumps(value)}" for name, value in arguments.items())
    for given_, kept in (
        ('folderIds:["p"], ', "members:task:p"),
        ("", "type:film:task"),
        ('folderIds:["p"], names:["x"], ', "fields:task:p"),
    ):
        query = asked(in_film(f"tasks({given_}{page}){NODES}"))
        empty = asked(in_film(f"tasks({given_.removesuffix(', ') or 'first: 1'}){NODES}"))
        page_of = {"data": {"project": {"tasks": connection()}}}
        assert shown(query, page_of).tags == shown(empty, page_of).tags
        assert kept in shown(query, page_of).tags


def test_deep_questions_are_understood() -> None:
    deep = "id"
    for _ in range(40):
        deep = f"id parent{{{deep}}}"
    question = asked(in_film(f'folder(id:"a"){{{deep}}}'))
    folder: dict[str, Any] = {"id": "z"}
    for number in range(40):
        folder = {"id": str(number), "parent": folder}
    assert shown(question, {"data": {"project": {"folder": folder}}}).tags >= {
        f"entity:{each}" for each in ids(folder)
    }
    assert not examined(question).never


@pytest.mark.parametrize("odd", [None, 1, 1.5, True, [], {}, ["a"], {"id": "a"}])
def test_an_id_that_is_none_is_made_up_for(odd: Any) -> None:
    node = {"id": odd, "tasks": odd, "links": {"edges": [{"entityId": odd}]}}
    found = shown(SEVERAL, {"data": {"project": {"folders": connection(node)}}})
    assert found.tags >= {"type:film:folder", "type:film:link", "type:film:task"}
    assert found.tags >= {"type:film:version", "type:film:workfile"}
