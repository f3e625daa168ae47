"""Questions about the demo's film, and every way of changing one thing of a question."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from ayon_proxy.demo.film import FILM, small_film
from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question
from tests.demo.graphql_asking import asked
from tests.policy.graphql.spelling import NONE, Field, Given, Group, Selections, Spelling

STUDIO = small_film()
_FILM = STUDIO.projects[FILM]

FIELDS = {
    "folders": "id name label path status tags parentId allAttrib hasTasks ownAttrib",
    "tasks": "id name taskType status assignees allAttrib ownAttrib folderId",
    "products": "id name productType status folderId",
    "versions": "id version name status author productId",
}
ARGUMENTS: dict[str, dict[str, tuple[str, Any]]] = {
    "folders": {
        "ids": ("[String!]", [*_FILM.folders][:6]),
        "folderTypes": ("[String!]", ["Shot", "Asset", "Sequence"]),
        "pathEx": ("String", "sh00"),
        "hasTasks": ("Boolean", True),
    },
    "tasks": {
        "names": ("[String!]", ["layout", "animation", "rigging"]),
        "folderIds": ("[String!]", [*_FILM.folders][:8]),
        "first": ("Int", 2),
        "sortBy": ("String", "name"),
    },
    "products": {
        "names": ("[String!]", ["renderMain", "plateMain", "modelMain"]),
        "search": ("String", "render"),
        "first": ("Int", 3),
    },
    "versions": {
        "versions": ("[Int!]", [1, 2, 3]),
        "productIds": ("[String!]", [*_FILM.products][:9]),
        "latestOnly": ("Boolean!", False),
        "featuredOnly": ("[String!]", ["hero", "latest"]),
    },
}
NESTED = {"folders": ("tasks", "products"), "products": ("versions",)}
TYPES = {
    "folders": "FolderNode",
    "tasks": "TaskNode",
    "products": "ProductNode",
    "versions": "VersionNode",
}


@st.composite
def given(draw: st.DrawFn, type_: str, value: Any) -> Given:
    """An argument with (a part of) this value, as literal or by a variable."""
    if isinstance(value, list):
        value = draw(st.lists(st.sampled_from(value), max_size=len(value), unique=True))
    value = draw(st.sampled_from([value, value, value, None])) if "!" not in type_[-1] else value
    if draw(st.booleans()):
        return Given(value)
    default = draw(st.sampled_from([NONE, value]))
    omitted = default is not NONE and draw(st.booleans())
    return Given(NONE if omitted else value, type_, default)


@st.composite
def connections(draw: st.DrawFn, name: str) -> Field:
    """A connection with some fields of its nodes, some nested, some in fragments."""
    leaves = draw(st.lists(st.sampled_from(FIELDS[name].split()), min_size=1, unique=True))
    nested = draw(st.lists(st.sampled_from(NESTED.get(name, ("",))), max_size=1))
    children: list[Field | Group] = [Field(leaf) for leaf in leaves]
    children += [draw(connections(each)) for each in nested if each]
    if draw(st.booleans()):
        cut = draw(st.integers(0, len(children) - 1))
        on = draw(st.sampled_from([TYPES[name], None]))
        named = on is not None and draw(st.booleans())
        children = [*children[:cut], Group(named, on, tuple(children[cut:]))]
    known = ARGUMENTS[name]
    chosen = draw(st.lists(st.sampled_from(sorted(known)), max_size=2, unique=True))
    return Field(
        name,
        alias=draw(st.sampled_from([None, "found"])),
        arguments=tuple((each, draw(given(*known[each]))) for each in chosen),
        include=draw(st.sampled_from([None, Given(True, "Boolean!"), Given(False)])),
        children=(Field("edges", children=(Field("node", children=tuple(children)),)),),
    )


@st.composite
def questions(draw: st.DrawFn) -> Selections:
    """One or two connections of the film."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=2, unique=True))
    found = [replace(draw(connections(name)), alias=f"c{at}") for at, name in enumerate(names)]
    arguments = (("name", Given(FILM, "String!")),)
    return (Field("project", arguments=arguments, children=(Field("code"), *found)),)


def spelled(asked_for: Selections, seed: int, *, in_order: bool = False) -> dict[str, Any]:
    """A request body; without `in_order` selections are shuffled."""
    return Spelling(Random(seed), in_order=in_order).body(asked_for)


def key_of(body: dict[str, Any]) -> bytes:
    """The key of a body, which must be readable."""
    found = question(json.dumps(body).encode(), DocumentMemory())
    assert isinstance(found, Question), found
    return found.key


def answer(body: dict[str, Any]) -> Any:
    """The demo's data, or None when there are errors."""
    data, errors = asked(STUDIO, "admin", body["query"], **body["variables"])
    return None if errors else data


def is_order_kept(asked_for: Selections) -> bool:
    """Whether `ownAttrib` is selected somewhere."""
    return any(
        (isinstance(each, Field) and each.name == "ownAttrib") or is_order_kept(each.children or ())
        for each in asked_for
    )


def changes(asked_for: Selections) -> Iterator[Selections]:
    """The question with one thing changed that may change the answer."""
    in_order = is_order_kept(asked_for)

    def below(selections: Selections) -> Iterator[Selections]:
        for at, each in enumerate(selections):
            before, after = selections[:at], selections[at + 1 :]
            others = before + after
            if others:
                yield others
            if in_order and others and before and before[-1] != each:
                yield (*before[:-1], each, before[-1], *after)
            for new in _changed(each):
                yield (*before, new, *after)
            for inner in below(each.children or ()):
                yield (*before, replace(each, children=inner), *after)

    yield from below(asked_for)


def _changed(each: Field | Group) -> Iterator[Field | Group]:
    if isinstance(each, Group):
        yield replace(each, on="BaseNode" if each.on else "FolderNode")
        yield replace(each, named=not each.named, on=each.on or "TaskNode")
        return
    yield replace(each, alias="other")
    yield Group(False, None, (each,))
    for include in (None, Given(True), Given(False), Given(False, "Boolean!")):
        if include != each.include:
            yield replace(each, include=include)
    for added in (("last", Given(1)), ("after", Given("WzNd"))):
        if added[0] not in dict(each.arguments) and each.children:
            yield replace(each, arguments=(*each.arguments, added))
    for at, (name, one) in enumerate(each.arguments):
        before, after = each.arguments[:at], each.arguments[at + 1 :]
        yield replace(each, arguments=before + after)
        for other in _other(one):
            yield replace(each, arguments=(*before, (name, other), *after))
        if name == "featuredOnly" and isinstance(one.value, list) and len(one.value) > 1:
            yield replace(each, arguments=(*before, (name, _reversed(one)), *after))


def _reversed(one: Given) -> Given:
    return replace(one, value=one.value[::-1])


def _other(one: Given) -> Iterator[Given]:
    value = one.value
    for other in (None, True, 7, 7.0, "7", ["7"], [7], [["7"]]):
        if value is NONE or type(other) is not type(value) or other != value:
            yield replace(one, value=other)
    if isinstance(value, list):
        yield replace(one, value=[*value, "more"])
        yield from (replace(one, value=value[1:]) for _ in value[:1])
    if one.type is None:
        yield Given(value, "String")
        return
    yield replace(one, type=f"[{one.type}]")
    yield replace(one, type=None, value=None if value is NONE else value, default=NONE)
    if value is not NONE:
        yield replace(one, value=NONE)
    for default in (NONE, None, "x", ["x"]):
        if default is not one.default and default != one.default:
            yield replace(one, default=default)
