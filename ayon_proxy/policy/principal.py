"""Whose eyes see an answer: a fingerprint of everything in a request that can name its caller.

Upstream takes the first of these that is there (upstream/server.md 3.1); the principal is made of
all of them, so that no mistake in following its order can mix two callers up.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import unquote_plus

from ayon_proxy.policy.message import Request
from ayon_proxy.policy.query import is_credential, pairs

_NAMING_FIELDS = (b"x-api-key", b"authorization", b"x-as-user")


def principal(request: Request, key: bytes) -> bytes:
    """HMAC-SHA256 with this installation's key; 32 bytes. Nobody in particular is one as well."""
    return hmac.digest(key, b"".join(_encoded(_naming(request))), "sha256")


def marks(request: Request, key: bytes) -> frozenset[bytes]:
    """HMACs of the tokens in it: by these a session is found that an event says is over."""
    keys = (key_mark(token, key) for token in _keys(request))
    return frozenset((*keys, *(session_mark(token, key) for token in _tokens(request))))


def session_mark(token: bytes, key: bytes) -> bytes:
    """HMAC-SHA256 of the token of a session; 32 bytes."""
    return hmac.digest(key, b"token " + token, "sha256")


def key_mark(token: bytes, key: bytes) -> bytes:
    """HMAC-SHA256 of an API key; 32 bytes, others than if it were a session's token."""
    return hmac.digest(key, b"api key " + token, "sha256")


def session_tokens(request: Request) -> tuple[bytes, ...]:
    """The tokens of sessions in it."""
    return tuple(_tokens(request))


def is_key(request: Request) -> bool:
    """Whether its credential is sent as an API key (server.md 3.1)."""
    return any(True for _ in _keys(request))


def without_credential(request: Request) -> Request:
    """The same request of somebody whom nobody knows."""
    fields = tuple(
        (name, value)
        for name, value in request.fields
        if name not in _NAMING_FIELDS and not (name == b"cookie" and b"accessToken" in value)
    )
    query = b"&".join(pair for name, pair in pairs(request.query) if not is_credential(name))
    return replace(request, query=query, fields=fields)


def _keys(request: Request) -> Iterable[bytes]:
    named, authorizations, *_ = _naming(request)
    yield from named
    yield from (said.rpartition(b" ")[2] for said in authorizations if _is_of_a_key(said))


def _is_of_a_key(authorization: bytes) -> bool:
    return authorization.lstrip().lower().startswith(b"apikey")


def _tokens(request: Request) -> Iterable[bytes]:
    _, authorizations, _, cookies, query = _naming(request)
    yield from (said.rpartition(b" ")[2] for said in authorizations if not _is_of_a_key(said))
    yield from (cookie.partition(b"=")[2].strip().strip(b'"') for cookie in cookies)
    yield from (unquote_plus(each.partition(b"=")[2].decode("latin-1")).encode() for each in query)


def _naming(request: Request) -> list[list[bytes]]:
    """The values that can name a caller, by source, each source in its order of arrival."""
    fields = [
        [value for name, value in request.fields if name == naming] for naming in _NAMING_FIELDS
    ]
    cookies = [
        # Anywhere in it: what counts as white space around a name is not ours to know.
        cookie
        for name, value in request.fields
        if name == b"cookie"
        for cookie in value.split(b";")
        if b"accessToken" in cookie
    ]
    query = [pair for name, pair in pairs(request.query) if is_credential(name)]
    return [*fields, cookies, query]


def _encoded(sources: Iterable[list[bytes]]) -> Iterable[bytes]:
    """Counts and lengths before values: no two different inputs are the same bytes."""
    for values in sources:
        yield len(values).to_bytes(4, "big")
        for value in values:
            yield len(value).to_bytes(8, "big")
            yield value
