"""Whose request this is: API keys, access tokens, sessions (server.md 3.1, 3.2).

Sessions hold a snapshot of their user. A session of an API key lasts 600 s and is then made
anew; without one, the key means nothing to the websocket.
"""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers

from ayon_proxy.demo.clients import client_info
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.people import Session, User
from ayon_proxy.demo.sessions import check_address
from ayon_proxy.demo.studio import Studio

API_KEY_SESSION_SECONDS = 600.0
WRITTEN_SECONDS = 120.0
"""How long it takes until a session that is used is written anew: it slides in steps."""
TOKEN_LENGTH = 64
LOOPBACK = "127.0.0.1"
"""Where a client of this server is, unless it is said to have been forwarded."""
MISSING = "Access token is missing"
INVALID = "Invalid session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The user a request acts for, and the session that proves it."""

    user: User
    session: Session
    sender: str | None = None
    sender_type: str = "api"

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.name

    @property
    def is_service(self) -> bool:
        """Whether the user acted for is a service."""
        return self.user.is_service

    @property
    def is_admin(self) -> bool:
        """Admin or service."""
        return self.user.is_admin

    @property
    def is_manager(self) -> bool:
        """Manager, admin or service."""
        return self.user.is_manager

    @property
    def is_guest(self) -> bool:
        """Guest."""
        return self.user.is_guest

    @property
    def acts_as_other(self) -> bool:
        """Whether a service asked with `X-As-User`."""
        return self.session.user.name != self.user.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A token or API key as a request carried it."""

    value: str
    is_api_key: bool


def credential(headers: Headers, query: bytes) -> Credential | None:
    """The one credential that counts, in the server's order; the others are not looked at."""
    authorization = headers.get("authorization", "").split()
    scheme, value = authorization if len(authorization) == 2 else ("", "")
    if key := headers.get("x-api-key"):
        return Credential(value=key, is_api_key=True)
    if scheme.lower() == "apikey":
        return Credential(value=value, is_api_key=True)
    tokens = (
        _cookie(headers.get("cookie", "")),
        value if scheme.lower() == "bearer" else "",
        parse_qs(query.decode("latin-1")).get("token", [""])[0],
    )
    token = next((each for each in tokens if len(each) == TOKEN_LENGTH), None)
    return None if token is None else Credential(value=token, is_api_key=False)


def _cookie(field: str) -> str:
    try:
        morsel = SimpleCookie(field).get("accessToken")
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def session_of(studio: Studio, given: Credential | None, headers: Headers) -> Session:
    """The live session of a credential; an API key's is made when there is none.

    Raises AyonError 401 with the server's reason.
    """
    if given is None:
        raise AyonError(401, MISSING)
    session = live_session(studio, given.value)
    if session is None and given.is_api_key:
        session = _open_for_key(studio, given.value, headers)
    if session is None:
        raise AyonError(401, studio.ended_sessions.get(given.value, INVALID))
    now = studio.clock().timestamp()
    if now - session.last_used > min(WRITTEN_SECONDS, studio.session_seconds / 600):
        session.last_used = now
    return session


def live_session(studio: Studio, token: str) -> Session | None:
    """The session of a token or key if it has not ended; expiry is noticed only here."""
    session = studio.sessions.get(token)
    if session is None:
        return None
    now = studio.clock().timestamp()
    expired = (
        now - session.created > API_KEY_SESSION_SECONDS
        if session.is_api_key
        else now - session.last_used > studio.session_seconds
    )
    if expired:
        del studio.sessions[token]
        return None
    return session


def _open_for_key(studio: Studio, key: str, headers: Headers) -> Session | None:
    record = studio.api_keys.get(key)
    now = studio.clock().timestamp()
    if record is None or (record.expires is not None and record.expires < now):
        return None
    user = studio.users.get(record.user_name)
    if user is None or not user.active:
        return None
    session = Session(
        token=key,
        user=user.snapshot(),
        created=now,
        last_used=now,
        is_api_key=True,
        client_info=client_info(headers, LOOPBACK),
    )
    studio.sessions[key] = session
    if not user.is_service:
        studio.events.dispatch(
            "auth.login",
            user=user.name,
            sender_type=None,
            description="User logged in",
            summary=session.client_info,
        )
    return session


def caller(studio: Studio, headers: Headers, query: bytes) -> Caller:
    """Who asks. Only a service may act as another user, whose record is then read afresh.

    Raises AyonError 401, or UnknownUserError for an `X-As-User` that does not exist.
    """
    session = session_of(studio, credential(headers, query), headers)
    check_address(studio, session, headers)
    user = session.user
    other = headers.get("x-as-user")
    if other and user.is_service:
        found = studio.users.get(other)
        if found is None:
            raise UnknownUserError
        user = found.snapshot()
    return Caller(
        user=user,
        session=session,
        sender=headers.get("x-sender"),
        sender_type=headers.get("x-sender-type", "api"),
    )


class UnknownUserError(Exception):
    """`X-As-User` names nobody: the server answers 500 in plain text (server.md 3.1)."""
