"""What must be equal for two requests to be answered with one stored response (RFC 9111 section 2).

Upstream reads query parameters by name, so their order is not part of it, except among pairs of one
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.policy.query import is_credential, is_secret, pairs
from ayon_proxy.policy.segments import decoded

_VERSION = b"1"
"""To be changed with the meaning of a key: what was stored under the old one is not found then."""


_UNPRINTABLE = re.compile(rb"[^\x21-\x7e]")


def cache_key(
    method: str,
    path: bytes,
    query: bytes,
    principal: bytes,
    varying: Iterable[bytes | None] = (),
    extra: bytes = b"",
) -> bytes:
    """32 bytes. `varying` are the values of the row's `vary` fields, None for one that is absent;
    `extra` is what else the answer depends on: a URI of a batch, a GraphQL question."""
    digest = sha256()
    parts = (
        _VERSION,
        b"GET" if method == "HEAD" else method.encode(),
        path,
        canonical_query(query),
        principal,
        extra,
        *(b"" if value is None else b"=" + value for value in varying),
    )
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def varying(fields: Fields, names: Iterable[str]) -> list[bytes | None]:
    """The values of the fields that a row names in `vary`, all lines of each."""
    found = []
    for name in names:
        lines = [value for field, value in fields if field == name.encode()]
        found.append(b", ".join(lines) if lines else None)
    return found


def canonical_query(query: bytes) -> bytes:
    """Pairs sorted by name, without the credential; each pair byte for byte."""
    kept = [pair for pair in pairs(query) if not is_credential(pair[0])]
    return b"&".join(pair for _, pair in sorted(kept, key=lambda pair: pair[0]))


def url_for_people(request: Request) -> str:
    """Path and query without secrets, for logs, the index and `purge`."""
    path = request.path.split(b"/")
    read = [decoded(segment) for segment in path]
    for at in range(2, len(path)):
        one_time_token = read[at - 2] == "actions" and read[at - 1] in ("take", "abort")
        session_id = read[at - 3 : at - 2] == ["users"] and read[at - 1] == "sessions"
        if one_time_token or session_id:
            path[at] = b"***"
    signing_in = read[1:3] == ["api", "auth"]
    shown = b"&".join(
        pair.partition(b"=")[0] + b"=***" if signing_in or is_secret(name) else pair
        for name, pair in pairs(request.query)
    )
    target = b"/".join(path) + (b"?" + shown if shown else b"")
    return _UNPRINTABLE.sub(lambda byte: b"%%%02X" % ord(byte[0]), target).decode()
