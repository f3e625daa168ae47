"""Every read of AYON's client library, with arguments: `calls_about` has the whole table."""

from __future__ import annotations

from tests.clients.calls import entities, hanging, projects, studio
from tests.clients.calls.call import Call
from tests.clients.subjects import Subjects


def calls_about(subjects: Subjects) -> list[Call]:
    """The table. Some methods are called more than once, each time in another way."""
    parts = (entities, hanging, projects, studio)
    return [call for part in parts for call in part.calls(subjects)]
