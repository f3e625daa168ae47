"""How values that SQLite does not know are laid into its columns, and read back exactly."""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Any

import orjson

from ayon_proxy.policy.message import Fields, Head, StoredResponse


def packed_fields(fields: Fields) -> bytes:
    """Fields as JSON. Latin-1 maps every byte to one character, so any bytes come back as sent."""
    return orjson.dumps([text.decode("latin-1") for field in fields for text in field])


def unpacked_fields(packed: bytes) -> Fields:
    """The inverse of `packed_fields`."""
    texts = iter([text.encode("latin-1") for text in orjson.loads(packed)])
    return tuple(zip(texts, texts, strict=True))


def packed_hashes(hashes: Collection[int]) -> bytes:
    """64-bit hashes as `policy.tags.unpack` reads them."""
    return struct.pack(f"<{len(hashes)}Q", *hashes)


def row_values(stored: StoredResponse) -> dict[str, object]:
    """A row of `response`, for `statements.PUT`."""
    return {
        "cache_key": stored.key,
        "status": stored.head.status,
        "fields": packed_fields(stored.head.fields),
        "size": stored.size,
        "inline": stored.inline,
        "digest": stored.digest,
        "tags": stored.tags,
        "begun_seq": stored.begun_seq,
        "requested_at": stored.requested_at,
        "received_at": stored.received_at,
        "last_used_at": stored.received_at,
        "url": stored.url,
    }


def stored_from(key: bytes, row: tuple[Any, ...]) -> StoredResponse:
    """What was stored, from a row of `statements.FOUND`."""
    status, fields, *rest = row
    return StoredResponse(key, Head(status, unpacked_fields(fields)), *rest)
