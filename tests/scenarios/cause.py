"""What a row of the tables of changes consists of, and the words they are written in."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.support.side_by_side import Change

_P = "/api/projects/<p>"


class Cause(NamedTuple):
    """A row."""

    name: str
    change: Change
    shown_in: str
    """Names of questions, divided by commas."""
    before: tuple[Change, ...] = ()
    """Made first, upstream, before anything is asked."""


def patched(where: str, **fields: Any) -> Change:
    """An entity, changed."""
    return Change("PATCH", f"{_P}/{where}", fields)


def made(where: str, **fields: Any) -> Change:
    """An entity, new."""
    return Change("POST", f"{_P}/{where}", fields)


def gone(where: str) -> Change:
    """An entity, deleted."""
    return Change("DELETE", f"{_P}/{where}")


def anatomy(**words: Any) -> Change:
    """The vocabulary of the project, set anew; a word with `original_name` is renamed."""
    return Change("POST", f"{_P}/anatomy", words)


STATUSES = (
    "Not ready",
    "Ready to start",
    "In progress",
    "Pending review",
    "Approved",
    "On hold",
    "Omitted",
)
DONE = {"Approved"}


def statuses(renamed: str = "", to: str = "", done: str = "", undone: str = "") -> Change:
    """All of them, with one renamed, or with one that means `done` from now on, or no longer."""
    return anatomy(
        statuses=[
            {
                "name": to if each == renamed else each,
                "original_name": each,
                "state": "done" if each in {*DONE, done} - {undone} else "in_progress",
            }
            for each in STATUSES
        ]
    )
