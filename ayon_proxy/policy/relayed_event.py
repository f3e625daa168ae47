"""Reading what upstream says on its event socket, before a client is told (server.md 2.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def event_in(text: str) -> dict[str, Any] | None:
    """The event that a text frame holds; None when it holds something else, or no JSON."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("topic"), str) else None


def without_token(event: Mapping[str, Any]) -> str | None:
    """The frame to send instead of one that tells a secret; None where there is none in it.

    `auth.logout` holds the raw token of the session, of an API key the key itself, and goes to
    every client (server.md 0.6).
    """
    summary = event.get("summary")
    if event.get("topic") != "auth.logout" or not isinstance(summary, dict):
        return None
    if "token" not in summary:
        return None
    kept = {name: told for name, told in summary.items() if name != "token"}
    return json.dumps({**event, "summary": kept}, separators=(",", ":"))
