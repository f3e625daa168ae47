"""How far the feed has come: the value that survives a restart of the proxy."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Cursor:
    """`polled_at`, `scanned_at` and `started_at` are seconds since the epoch by upstream's clock.

    last_order   highest creation order that was applied; None: nothing is known yet
    floor        events up to this order are older than all that is stored
    anchor       order and id of an event that must still be there if this is the same database
    polled_at    all stored events until then are applied
    scanned_at   all changes without an event until then are found
    version, schema, started_at   what upstream was when it was last asked
    seen         events already applied that paging may meet again: id and `updatedAt`
    """

    last_order: int | None = None
    floor: int = 0
    anchor: tuple[int, str] | None = None
    polled_at: float | None = None
    scanned_at: float | None = None
    version: str | None = None
    schema: str | None = None
    started_at: float | None = None
    seen: tuple[tuple[str, str | None], ...] = ()

    def to_json(self) -> str:
        """For the store."""
        return json.dumps({each.name: getattr(self, each.name) for each in fields(self)})


def from_json(text: str) -> Cursor:
    """The cursor in the store; an empty one when it cannot be read as what `to_json` writes."""
    try:
        document = json.loads(text)
        return Cursor(
            last_order=_int(document["last_order"]),
            floor=_int(document["floor"]) or 0,
            anchor=_anchor(document["anchor"]),
            polled_at=_seconds(document["polled_at"]),
            scanned_at=_seconds(document["scanned_at"]),
            version=_text(document["version"]),
            schema=_text(document["schema"]),
            started_at=_seconds(document["started_at"]),
            seen=tuple(_seen(pair) for pair in document["seen"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return Cursor()


def _int(value: Any) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError(value)
    return value


def _seconds(value: Any) -> float | None:
    return None if value is None else float(value)


def _text(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(value)
    return value


def _anchor(value: Any) -> tuple[int, str] | None:
    if value is None:
        return None
    order, event_id = value
    return int(order), str(event_id)


def _seen(pair: Any) -> tuple[str, str | None]:
    event_id, updated_at = pair
    return str(event_id), _text(updated_at)
