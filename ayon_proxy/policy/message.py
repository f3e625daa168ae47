"""The frozen values that everybody passes around: request, response head, stored response."""

from __future__ import annotations

from dataclasses import dataclass

Fields = tuple[tuple[bytes, bytes], ...]
"""Header fields in the order of arrival; names in lower case, values as sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """A client's request without its body. `path` and `query` are the bytes as sent."""

    method: str
    path: bytes
    query: bytes = b""
    fields: Fields = ()
    bare_mark: bool = False
    """The target ends in a question mark: a query that is there and empty."""

    @property
    def target(self) -> bytes:
        """The request target as sent (RFC 9112 section 3.2)."""
        return self.path + b"?" + self.query if self.query or self.bare_mark else self.path


@dataclass(frozen=True, slots=True)
class Head:
    """Status and fields of a response, without hop-by-hop fields."""

    status: int
    fields: Fields = ()


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """What the index holds for one cache key.

    The body is in `inline`, or in the blob store under `digest` (SHA-256, 32 bytes); `size` is its
    length in bytes. Times are seconds since the epoch. `begun_seq` is the sequence number of the
    tag clock when the fetch began: the response is usable while none of its `tags` (packed 64-bit
    hashes, see `policy.tags`) was invalidated later.
    """

    key: bytes
    head: Head
    size: int
    inline: bytes | None
    digest: bytes | None
    tags: bytes
    begun_seq: int
    requested_at: float
    received_at: float
    url: str
    """Path and query without a credential, for people and for `purge`."""
