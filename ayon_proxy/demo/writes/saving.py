"""Saving a user, and what that does to the user's sessions (server.md 3.2).

A session holds a snapshot of its user. Saving rewrites the snapshots, ends the sessions of API
keys (the event has the raw key), and ends every session of a user who is no longer active.
"""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.people import User
from ayon_proxy.demo.studio import Studio


def save(studio: Studio, caller: Caller, user: User) -> None:
    """Store the user as changed by the caller; nobody is told but of ended sessions."""
    user.updated_at = studio.clock()
    if not user.is_service:
        user.data["updatedBy"] = caller.name
    if not user.active:
        said = f"User {user.name} logged out from all sessions"
        log_out_everywhere(studio, user.name, said)
        return
    for session in list(studio.sessions.values()):
        if session.user.name != user.name:
            continue
        if session.is_api_key and not user.is_service:
            del studio.sessions[session.token]
            tell_logout(studio, user.name, "Service session reset", {"token": session.token})
        else:
            session.user = user.snapshot()


def log_out_everywhere(studio: Studio, name: str, said: str) -> None:
    """End all sessions of a user, with one event if there were any."""
    tokens = [each.token for each in studio.sessions.values() if each.user.name == name]
    for token in tokens:
        del studio.sessions[token]
    if tokens:
        tell_logout(studio, name, said, {})


def tell_logout(studio: Studio, name: str, said: str, summary: dict[str, Any]) -> None:
    """The event of a session's end: it goes to every client (server.md 0.6)."""
    studio.events.dispatch("auth.logout", user=name, description=said, summary=summary)
