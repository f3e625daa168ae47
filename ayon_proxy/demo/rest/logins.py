"""Login and logout (server.md 3.1 to 3.4; corpus `connection`, `client_ip`, mutations `auth`)."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import body_of, caller_of, studio_of
from ayon_proxy.demo.clients import client_address
from ayon_proxy.demo.credentials import credential
from ayon_proxy.demo.errors import AyonError, InvalidRequestError
from ayon_proxy.demo.rest.routing import get, post
from ayon_proxy.demo.sessions import begin_session, end_session
from ayon_proxy.demo.views import user_record

LOGINS, LOGIN_SECONDS = 10, 60.0
"""Attempts per address and time; the next one is 503."""


def peer_of(request: Request) -> str:
    """The address at the other end of the connection."""
    return request.client.host if request.client else "127.0.0.1"


class _Throttle:
    """Counts attempts per address."""

    def __init__(self) -> None:
        self.attempts: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, address: str, now: float) -> None:
        """Counts one attempt. Raises AyonError 503 when there have been too many."""
        recent = self.attempts[address]
        while recent and recent[0] < now - LOGIN_SECONDS:
            recent.popleft()
        if len(recent) >= LOGINS:
            raise AyonError(503, "Rate limit exceeded. Try again later")
        recent.append(now)


def _throttle_of(request: Request) -> _Throttle:
    state = request.app.state
    if not hasattr(state, "login_throttle"):
        state.login_throttle = _Throttle()
    throttle: _Throttle = state.login_throttle
    return throttle


async def login(request: Request) -> dict[str, Any]:
    """`POST /api/auth/login` with name and password."""
    studio = studio_of(request)
    given = await body_of(request)
    missing = [key for key in ("name", "password") if key not in given]
    if missing:
        faults = [
            {"loc": ["body", key], "msg": "field required", "type": "value_error.missing"}
            for key in missing
        ]
        raise InvalidRequestError(request.method, request.url.path, faults)
    address = client_address(request.headers, peer_of(request))
    _throttle_of(request).admit(address, studio.clock().timestamp())
    user = studio.users.get(given["name"])
    if user is not None and user.is_service:
        raise AyonError(403, "Service users cannot log in")
    if user is None or user.password is None or user.password != given["password"]:
        raise AyonError(403, "Invalid login/password combination")
    if not user.active:
        raise AyonError(403, f"User {user.name} is not active")
    session = begin_session(studio, user, request.headers, peer_of(request))
    return {
        "detail": f"Logged in as {user.name}",
        "error": None,
        "token": session.token,
        "user": user_record(user),
        "redirectUrl": None,
    }


def logout(request: Request) -> dict[str, str]:
    """`POST /api/auth/logout`: 200 whatever token comes, or none.

    Where it looks for the token differs from the rest: query, cookie, then header.
    """
    studio = studio_of(request)
    token = request.query_params.get("token") or request.cookies.get("accessToken")
    if not token:
        given = credential(request.headers, b"")
        token = given.value if given else ""
    end_session(studio, token)
    return {"detail": "Logged out"}


async def session_for(request: Request) -> dict[str, Any]:
    """`POST /api/auth/sessions`: a service begins a session for somebody."""
    caller = caller_of(request)
    if not caller.is_service:
        raise AyonError(403, "Only services can create sessions")
    name = (await body_of(request)).get("userName", "")
    studio = studio_of(request)
    user = studio.users.get(name)
    if user is None:
        raise AyonError(404, f"User {name} not found")
    why = f"Session created for {name} by {caller.name}"
    session = begin_session(studio, user, request.headers, peer_of(request), why)
    return {
        "user": user_record(user),
        "token": session.token,
        "created": session.created,
        "lastUsed": session.last_used,
        "isService": session.is_service,
        "isApiKey": session.is_api_key,
        "clientInfo": session.client_info,
    }


def token_login(_: Request) -> Any:
    """`GET /api/auth/tokenauth`: no token of this kind is ever good here."""
    raise AyonError(400, "Missing 'q' query parameter with token")


routes: list[Route] = [
    post("/api/auth/login", login),
    post("/api/auth/logout", logout),
    post("/api/auth/sessions", session_for),
    get("/api/auth/tokenauth", token_login),
]
