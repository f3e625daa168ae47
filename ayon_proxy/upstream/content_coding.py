"""Undoing gzip as it arrives (RFC 9110 section 8.4.1.3), in bounded steps."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ayon_proxy.policy.fields import value, without
from ayon_proxy.policy.message import Head

GZIP = frozenset({b"gzip", b"x-gzip"})

STEP_BYTES = 256 * 1024
"""Decoded bytes given at once: a few bytes of gzip may stand for gigabytes."""


def can_be_undone(head: Head) -> bool:
    """Whether the body is gzip and nothing else, and whole."""
    coding = value(head.fields, b"content-encoding")
    return head.status != 206 and coding is not None and coding.strip().lower() in GZIP


def undone(head: Head) -> Head:
    """The head of the decoded body: its length is not known any more."""
    fields = without(head.fields, (b"content-encoding", b"content-length"))
    return Head(head.status, fields)


class Gunzip:
    """Gzip to plain, incrementally; a body may consist of several gzip members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._begun = False

    def fed(self, data: bytes) -> Iterator[bytes]:
        """What these bytes decode to. Raises zlib.error when they are not gzip."""
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            self._begun = True
            if decoded := self._member.decompress(data, STEP_BYTES):
                yield decoded
            data = self._member.unconsumed_tail or self._member.unused_data

    @property
    def complete(self) -> bool:
        """Whether what was fed is whole; no byte at all is (the answer to a HEAD, say)."""
        return self._member.eof or not self._begun
