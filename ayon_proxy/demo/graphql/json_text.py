"""JSON inside JSON: fields such as `allAttrib`, `data` and `context` are strings."""

from __future__ import annotations

from typing import Any

import orjson


def json_text(value: Any) -> str:
    """The value as the server spells it: compact, keys sorted."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def json_text_or_null(value: Any) -> str | None:
    """The same, but null for what is empty, as columns such as `data` show it."""
    return json_text(value) if value else None
