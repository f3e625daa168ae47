"""The query of a request: its pairs as sent, and the names upstream reads in them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus


def pairs(query: bytes) -> list[tuple[str, bytes]]:
    """Decoded name and the whole pair as sent, in order. Names are decoded as upstream does."""
    if not query:
        return []
    return [
        (unquote_plus(pair.partition(b"=")[0].decode("latin-1"), errors="replace"), pair)
        for pair in query.split(b"&")
    ]


_SECRET_NAMES = re.compile(
    r".*(token|key|password|secret|signature|credential)|sig|code|state|ticket|samlresponse",
    re.IGNORECASE | re.DOTALL,
)


def is_secret(name: str) -> bool:
    """Whether the value of a pair of that name is nothing for people to read.

    Upstream knows `token` only; the others are of addons, of single sign-on (RFC 6749 section
    4.1.2) and of storage that signs its URLs.
    """
    return _SECRET_NAMES.fullmatch(name) is not None


def is_credential(name: str) -> bool:
    """Whether a pair of that name names the caller (upstream/server.md 3.1)."""
    return name == "token"
