"""How tags are spelled, hashed and packed.

A tag names something whose change makes an answer wrong. Responses carry tags, writes and events
invalidate them. A response keeps its tags as one packed column of 64-bit hashes: an answer may show
a thousand entities. Two tags with one hash only cost an unneeded fetch.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

import xxhash

EVERYTHING = "everything"
"""Carried by every stored response."""

STUDIO = "studio"
"""Carried by every stored response that belongs to no project."""

ANY = "any"
"""Carried by answers of which nobody can tell what they show, nor of which project."""


def any_of(project: str) -> str:
    """Carried by answers of one project of which nobody can tell what they show."""
    return f"any:{project.lower()}"


def project(name: str) -> str:
    """All that belongs to one project. AYON matches project names without regard to case."""
    return f"project:{name.lower()}"


def tag_hash(tag: str) -> int:
    """The 64-bit hash that stands for a tag in memory and on disk."""
    return xxhash.xxh3_64_intdigest(tag.encode(errors="surrogatepass"))


def pack(tags: Iterable[str]) -> bytes:
    """The sorted hashes of the tags, eight bytes each, little endian."""
    hashes = sorted({tag_hash(tag) for tag in tags})
    return struct.pack(f"<{len(hashes)}Q", *hashes)


def joined(packed: bytes, others: bytes) -> bytes:
    """What both of these packed columns hold."""
    if not others:
        return packed
    hashes = sorted({*unpack(packed), *unpack(others)})
    return struct.pack(f"<{len(hashes)}Q", *hashes)


def without(packed: bytes, others: bytes) -> bytes:
    """What of a packed column is not in the other."""
    hashes = sorted({*unpack(packed)} - {*unpack(others)})
    return struct.pack(f"<{len(hashes)}Q", *hashes)


def unpack(packed: bytes) -> tuple[int, ...]:
    """The hashes in a packed column."""
    return struct.unpack(f"<{len(packed) // 8}Q", packed)
