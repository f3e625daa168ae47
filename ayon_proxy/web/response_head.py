"""The head of an answer as it is sent."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from ayon_proxy.cache.answer import Answer
from ayon_proxy.policy.fields import end_to_end, replaced, value, without
from ayon_proxy.policy.message import Fields
from ayon_proxy.web.selecting import Selected

BODILESS = frozenset({204, 304})


def head_fields(answer: Answer, selected: Selected) -> Fields:
    """All fields of the head."""
    fields = end_to_end(selected.head.fields)
    if selected.head.status in BODILESS:
        # Allowed in a 304, where it tells of a body that does not come; uvicorn would wait for it.
        fields = without(fields, (b"content-length",))
    elif selected.length is not None:
        fields = replaced(fields, b"content-length", b"%d" % selected.length)
    if value(fields, b"date") is None:
        fields = (*fields, (b"date", _date(int(time.monotonic()))))
    return (*fields, (b"cache-status", answer.cache_status))


def written(status: int, fields: Fields) -> bytes:
    """The bytes that uvicorn makes of it for a connection that stays open."""
    lines = [name.lower() + b": " + said + b"\r\n" for name, said in fields]
    return b"".join((STATUS_LINE[status], *lines, b"\r\n"))


@lru_cache(maxsize=1)
def _date(_second: int) -> bytes:
    """The time of day, formatted once a second."""
    return formatdate(usegmt=True).encode()
