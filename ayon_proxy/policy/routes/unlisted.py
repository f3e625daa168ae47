"""TABLE, the last rows: what no other row names. It is forwarded, and never guessed at."""

from __future__ import annotations

from ayon_proxy.policy.routes.rows import ANSWERS, PROJECT, UNSAFE, passed, write
from ayon_proxy.policy.tags import EVERYTHING

SAFE_REQUEST = passed("GET OPTIONS TRACE", "/{rest:path}", "not listed")
UNSAFE_REQUEST = write(UNSAFE, "/{rest:path}", EVERYTHING)

ROUTES = (
    write(UNSAFE, "/api/projects/{project}/{rest:path}", PROJECT, ANSWERS),
    SAFE_REQUEST,
    UNSAFE_REQUEST,
)
