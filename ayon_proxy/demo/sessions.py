"""How sessions begin and end, and the address they are bound to (server.md 3.2, 3.3)."""

from __future__ import annotations

from secrets import token_hex

from starlette.datastructures import Headers

from ayon_proxy.demo.clients import client_address, client_info, is_external
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.people import Session, User
from ayon_proxy.demo.studio import Studio

TOKEN_BYTES = 32
LOGGED_IN, LOGGED_OUT = "User logged in", "User logged out"


def begin_session(
    studio: Studio, user: User, headers: Headers, peer: str, description: str = LOGGED_IN
) -> Session:
    """A new session with a snapshot of the user; everybody is told."""
    now = studio.clock().timestamp()
    session = Session(
        token=token_hex(TOKEN_BYTES),
        user=user.snapshot(),
        created=now,
        last_used=now,
        client_info=client_info(headers, peer),
    )
    studio.sessions[session.token] = session
    studio.events.dispatch(
        "auth.login", user=user.name, description=description, summary=session.client_info
    )
    return session


def end_session(studio: Studio, token: str, why: str = LOGGED_OUT) -> None:
    """Ends a session, if it is one. The event carries the raw token to everybody (0.6)."""
    session = studio.sessions.pop(token, None)
    if session is not None:
        studio.ended_sessions[token] = why
        studio.events.dispatch(
            "auth.logout", user=session.user.name, description=why, summary={"token": token}
        )


def check_address(studio: Studio, session: Session, headers: Headers) -> None:
    """A token may not move to another external address, unless the client names its site.

    Only `X-Forwarded-For` is looked at: this server's own peers are never external.
    Raises AyonError 401 and ends the session.
    """
    current = client_address(headers, peer="")
    stored = session.client_info.get("ip")
    if session.is_api_key or stored is None:
        return
    if headers.get("x-ayon-site-id"):
        if current:
            session.client_info["ip"] = current
    elif is_external(current) and current != stored:
        why = f"Client IP mismatch: Stored: {stored}, current: {current}"
        end_session(studio, session.token, why)
        raise AyonError(401, why)
