"""The table of writes joined together, and how one request is read by it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain

from ayon_proxy.policy.classify import Classified, as_in_events
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.invalidation.table import Invalidation, Later, invalidation, row_of
from ayon_proxy.policy.invalidation.topic import SETTLE_SECONDS, Values, expanded
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.writes import conversation, entities, identity, projects, studio
from ayon_proxy.policy.writes.changes import TYPES
from ayon_proxy.policy.writes.row import Change, Write

TABLE = (
    *entities.ROWS,
    *conversation.ROWS,
    *projects.ROWS,
    *identity.ROWS,
    *studio.ROWS,
)

UNTOLD: Mapping[str, str] = {
    "members:{type}:{parent}": "listed:{project}:{type}",
    "fields:{type}:{parent}": "filtered:{project}:{type}",
    "activities:{reference}": "cascade:{project}:activity",
    "entity:{id}": "cascade:{project}:{type}",
    "entity:{origin}": "cascade:{project}:activity",
}
"""Tag of an event → what falls instead where a write does not tell whose it is. An activity that is
changed or deleted leaves its origin as it is."""

_ROWS = {(method, row.pattern): row for row in TABLE for method in row.methods.split()}


def row_for(request: Request, classified: Classified) -> Write | None:
    """The row of a request; None when it changes nothing that the proxy knows of."""
    pattern = classified.route.pattern
    method = "GET" if request.method == "HEAD" else request.method
    return _ROWS.get((method, pattern)) or (
        _ROWS.get(("*", pattern)) if "*" in classified.route.methods else None
    )


def tags_of_write(
    request: Request,
    classified: Classified,
    body: bytes | None,
    harmless: Collection[str] = (),
) -> Invalidation:
    """What a request makes wrong. Never raises, whatever the bytes.

    `body` None: there is none, it is too long, or nobody read it. `harmless` as in `tags_of`.
    """
    row = row_for(request, classified)
    if row is None:
        return Invalidation(frozenset())
    names = as_in_events(classified.params)
    of_path = _values(names)
    changes = [Change(row.topics, {}, row.tags), *_read(row, names, body, harmless)]
    now, settling, assigned = set[str](), set[str](), set[str]()
    for change in _together(changes):
        values = {**of_path, **change.values}
        also = _bound(change.also, values)
        now |= also
        settling |= also
        for told in filter(None, map(row_of, change.topics)):
            now |= _bound(told.now, values)
            settling |= _bound(told.settling, values)
            assigned |= _bound(told.assigned, values)
    project = names.get("project")
    return invalidation(project, frozenset(now), frozenset(settling), frozenset(assigned))


def _together(changes: Iterable[Change]) -> Iterable[Change]:
    """Those that do the same to different entities as one: no tag names more than one entity."""
    alike: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        same = (change.topics, change.also, frozenset(change.values))
        alike.setdefault(same, []).append(change)
    for first, *others in alike.values():
        if not others:
            yield first
            continue
        each = [first.values, *(other.values for other in others)]
        values = {name: _all(one[name] for one in each) for name in first.values}
        yield Change(first.topics, values, first.also)


def _all(values: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(values)))


def looks_into(row: Write, request: Request) -> bool:
    """Whether the body of the request tells anything, and can be read."""
    media = (value(request.fields, b"content-type") or b"").partition(b";")[0].strip().lower()
    return row.reads is not None and (not media or media.endswith(b"json"))


def doubtful(wrong: Invalidation) -> Invalidation:
    """For a write of which nobody can tell whether it is over: all of it once more, a while later.

    The connection broke, its client left, or someone in between gave up waiting.
    """
    again = wrong.now.union(*(each.tags for each in wrong.later if each.seconds == SETTLE_SECONDS))
    others = tuple(each for each in wrong.later if each.seconds != SETTLE_SECONDS)
    return Invalidation(wrong.now, (Later(SETTLE_SECONDS, again), *others))


def _bound(templates: Iterable[str], values: Values) -> frozenset[str]:
    """The tags; the coarser one for each whose value the write does not tell."""
    found = set[str]()
    for template in templates:
        tags = expanded((template,), values)
        if tags is None:
            tags = expanded((UNTOLD.get(template, "answers:{project}"),), values)
        found |= tags if tags is not None else {"answers"}
    return frozenset(found)


def _read(
    row: Write, names: Mapping[str, str], body: bytes | None, harmless: Collection[str]
) -> Iterable[Change]:
    """What the body tells; `otherwise` where it cannot be told."""
    if row.reads is None:
        return ()
    try:
        found = None if body is None else row.reads(names, json.loads(body), harmless)
    except (ValueError, RecursionError):
        found = None
    return (Change((), {}, row.otherwise),) if found is None else found


def _values(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Placeholders of the path, by their own names and by those that events use."""
    values: dict[str, tuple[str, ...]] = {name: (value,) for name, value in names.items()}
    for entity_type in TYPES:
        if f"{entity_type}_id" in names:
            values["type"] = (entity_type,)
            values["id"] = values["version"] = (names[f"{entity_type}_id"],)
    if "entity_type" in names and "entity_id" in names:
        values["type"] = (names["entity_type"],)
        values["id"] = values["origin"] = (names["entity_id"],)
    return values
