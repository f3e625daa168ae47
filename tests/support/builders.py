"""Values for tests that care about one or two of their parts."""

from __future__ import annotations

import hashlib

from ayon_proxy.policy.message import Fields, Head, StoredResponse
from ayon_proxy.policy.tags import pack


def stored_response(
    key: bytes = b"key",
    *,
    body: bytes = b"{}",
    in_blob: bool = False,
    status: int = 200,
    fields: Fields = ((b"content-type", b"application/json"),),
    tags: tuple[str, ...] = ("everything",),
    begun_seq: int = 1,
    received_at: float = 1000.25,
    url: str = "/api/info",
) -> StoredResponse:
    """A stored response whose body is inline, or in the blob of its digest."""
    return StoredResponse(
        key=key,
        head=Head(status, fields),
        size=len(body),
        inline=None if in_blob else body,
        digest=hashlib.sha256(body).digest() if in_blob else None,
        tags=pack(tags),
        begun_seq=begun_seq,
        requested_at=received_at - 0.125,
        received_at=received_at,
        url=url,
    )
