"""The recorded traffic of a real server, as the replay tests read it.

The corpus is not part of this repository: its folder is given in `AYON_CORPUS`, and without it
the tests that need it are skipped. Its format is in its own README.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import pytest

Record: TypeAlias = dict[str, Any]

FOLDER = Path(os.environ.get("AYON_CORPUS", ""))
AVAILABLE = bool(os.environ.get("AYON_CORPUS"))

requires_corpus = pytest.mark.skipif(not AVAILABLE, reason="AYON_CORPUS is not set")

TOKENS = {
    "service": "service-key",
    "service-as-artist": "service-key",
    "admin": "a" * 64,
    "artist": "b" * 64,
    "anonymous": "",
}
"""What stands for `<token>` in the records of an identity; `corpus_studio` has their sessions."""


@cache
def document(name: str) -> Any:
    """A JSON file of the corpus, parsed; callers must not change it."""
    return json.loads((FOLDER / name).read_bytes())


def records(family: str) -> list[Record]:
    """The records of one family of `http/`; none without the corpus (so that tests collect)."""
    found: list[Record] = document(f"http/{family}.json") if AVAILABLE else []
    return found


def request_headers(record: Record) -> dict[str, str]:
    """The headers that were sent, with a token that the loaded studio knows."""
    token = TOKENS.get(record["identity"], "")
    headers: dict[str, str] = record["request"].get("headers", {})
    return {name: value.replace("<token>", token) for name, value in headers.items()}


def request_body(record: Record) -> bytes | None:
    """The bytes that were sent (README, "Record format")."""
    request = record["request"]
    if "body_base64" in request:
        return b64decode(request["body_base64"])
    if "body_text" in request:
        return str(request["body_text"]).encode()
    if "body" not in request or request["body"] is None:
        return None
    compact = request.get("body_style") == "compact"
    return json.dumps(request["body"], separators=(",", ":") if compact else None).encode()


def request_target(record: Record) -> str:
    """Path and query, as the bytes that were sent."""
    request = record["request"]
    query = request.get("query")
    return f"{request['path']}?{query}" if query else str(request["path"])
