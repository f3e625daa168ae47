"""What the arguments of a list say: which entities, of which parents, filtered by what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ayon_proxy.policy.graphql.asked import Value
from ayon_proxy.policy.invalidation.event import entity_id
from ayon_proxy.policy.shown.node_type import Argument, Arguments, Part

ROOT = "root"
"""Stands for the project among the parents of folders; so does null."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as it was asked for. Empty tuples: not asked by that, or not to be told."""

    ids: tuple[str, ...]
    parents: tuple[str | None, ...]
    """None: the project."""
    has_parents: bool
    """Whether parents were named at all."""
    paths: frozenset[str]
    below: bool
    filtered: bool
    tags: tuple[str, ...]
    """What else decides, as templates."""
    elsewhere: tuple[str, ...]
    """The same where no parent is given."""


def asked(arguments: Arguments, given: Mapping[str, Value]) -> Asked:
    """Reads what is given. Unknown arguments are left out."""
    found = [
        (arguments[name], value)
        for name, value in given.items()
        if name in arguments and _counts(arguments[name], value)
    ]
    parts = {each.part for each, _ in found}
    parents = [value for each, value in found if each.part is Part.PARENT]
    return Asked(
        ids=_ids(value for each, value in found if each.part is Part.IDS),
        parents=_parents(parents),
        has_parents=bool(parents),
        paths=_paths(value for each, value in found if each.part is Part.PATHS),
        below=Part.BELOW in parts,
        filtered=bool(parts & {Part.FILTER, Part.PATHS}),
        tags=tuple(tag for each, value in found for tag in _tags(each, value)),
        elsewhere=tuple(tag for each, _ in found for tag in each.elsewhere),
    )


def _counts(argument: Argument, value: Value) -> bool:
    return value is not None and not (argument.flag and value is False)


def _tags(argument: Argument, value: Value) -> Iterable[str]:
    yield from argument.tags
    if argument.mentions:
        text = value.replace("_", "").lower() if isinstance(value, str) else "\\"
        for word, tags in argument.mentions:
            # JSON may spell a name with escapes.
            if word in text or "\\" in text:
                yield from tags


def _each(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)


def _ids(values: Iterable[Value]) -> tuple[str, ...]:
    ids = [each for value in values for each in _each(value)]
    if not all(isinstance(each, str) for each in ids):
        return ()
    return tuple(entity_id(each) for each in ids if isinstance(each, str))


def _parents(values: Iterable[Value]) -> tuple[str | None, ...]:
    found: list[str | None] = []
    for value in values:
        for each in _each(value):
            if each is None or each == ROOT:
                found.append(None)
            elif isinstance(each, str):
                found.append(entity_id(each))
            else:
                return ()
    return tuple(found)


def _paths(values: Iterable[Value]) -> frozenset[str]:
    paths = [each for value in values for each in _each(value)]
    if not all(isinstance(each, str) for each in paths):
        return frozenset()
    return frozenset(each.strip("/") for each in paths if isinstance(each, str))
