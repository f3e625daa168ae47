"""Background operations: begun by one request, told about by others (server.md 1.3).

`POST operations/background` answers with an id before anything has happened; `GET` of that id says
`pending`, `in_progress` or `completed`, the latter once the events have been sent, and 404 half an
hour after the last of it (`api/operations/operations.py`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from enum import Enum
from typing import Any

from ayon_proxy.policy.fields import end_to_end, without
from ayon_proxy.policy.message import Request

PATTERN = "/api/projects/{project}/operations/background"
POLL_PATTERN = f"{PATTERN}/{{task_id}}"

_UNFINISHED = frozenset({"in_progress", "pending"})
_OF_A_BODY = (b"content-encoding", b"content-length", b"content-type", b"expect")


class Progress(Enum):
    """What a poll tells."""

    RUNNING = "running"
    ENDED = "ended"
    UNTOLD = "untold"
    """Upstream is in trouble, or what it says cannot be read."""


def task_id(status: int, content: bytes | None) -> str | None:
    """The id that a batch was given; None when it was refused, or the answer cannot be read."""
    found = _object(content).get("id") if status == 200 else None
    return found if isinstance(found, str) and found.isalnum() else None


def progress(status: int, content: bytes | None) -> Progress:
    """What the answer to a poll tells. A task that upstream does not know has ended."""
    if status == 404:
        return Progress.ENDED
    said = _object(content).get("status") if status == 200 else None
    if not isinstance(said, str):
        return Progress.UNTOLD
    return Progress.RUNNING if said in _UNFINISHED else Progress.ENDED


def legible(request: Request) -> Request:
    """The same, asking for an answer that can be read here."""
    return replace(request, fields=without(request.fields, (b"accept-encoding",)))


def poll_of(begun: Request, task: str) -> Request:
    """The poll that whoever began the task would send."""
    fields = without(legible(begun).fields, _OF_A_BODY)
    return Request("GET", begun.path + b"/" + task.encode(), begun.query, end_to_end(fields))


def _object(content: bytes | None) -> dict[str, Any]:
    try:
        parsed = json.loads(content or b"")
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
