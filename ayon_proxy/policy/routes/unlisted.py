"""TABLE, the last rows: what no other row names. It is forwarded, and never guessed at."""

from __future__ import annotations

from ayon_proxy.policy.routes.rows import UNSAFE, passed, write

SAFE_REQUEST = passed("GET OPTIONS TRACE", "/{rest:path}", "not listed")
UNSAFE_REQUEST = write(UNSAFE, "/{rest:path}")

ROUTES = (
    write(UNSAFE, "/api/projects/{project}/{rest:path}"),
    SAFE_REQUEST,
    UNSAFE_REQUEST,
)
