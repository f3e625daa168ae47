"""The seams: where `cache` meets the world. Adapters implement these, tests have fakes of them.

Each docstring states the contract, failure included. The contract suites in tests/contracts run
against the real adapter and the fake alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ayon_proxy.policy.message import Head, Request, StoredResponse


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> float:
        """Seconds since the epoch. It never jumps while the process runs. Over a restart it may, by
        any time in either direction: what was written down may be from the future."""

    async def sleep(self, seconds: float) -> None:
        """Return when that many seconds have passed."""


class UpstreamResponse(Protocol):
    """A response whose head has arrived."""

    @property
    def head(self) -> Head:
        """Status and end-to-end fields, names in lower case."""

    @property
    def wire_bytes(self) -> int:
        """Body bytes that have crossed the line so far, as encoded."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The body, once, as it arrives. Raises UpstreamBroke when it ends before its end.

        Decoded when the request asked for it with `decode`, else byte for byte.
        """

    async def aclose(self) -> None:
        """Release the connection; drop it when the body was not read to its end. Never raises."""


class Upstream(Protocol):
    """The AYON server."""

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> UpstreamResponse:
        """Send once and return when the head has arrived.

        `request.fields` are sent as they are, except hop-by-hop fields and Host, which is always
        upstream's own. With `decode`, gzip is offered to upstream and undone in `chunks`; a content
        coding that cannot be undone stays in the head. With `follow_redirects` a GET is followed,
        the credentials of the request staying with upstream's own origin; a redirect that can't be
        followed raises UpstreamBroke, so that no caller is sent elsewhere with them.

        Raises UpstreamUnreachable when there is no head; UpstreamBroke when the connection was
        lost after the request had been sent (a write may have happened). Nothing is retried, but a
        pooled connection that upstream had closed before it took the request.
        """


@dataclass(frozen=True, slots=True)
class Evictable:
    """A stored response as eviction sees it. `size` is the bytes that letting it go would free."""

    key: bytes
    size: int
    digest: bytes | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What is stored: counts, and bytes of bodies. `database_bytes` is index, WAL and all."""

    responses: int
    response_bytes: int
    blobs: int
    blob_bytes: int
    database_bytes: int


@dataclass(frozen=True, slots=True)
class Invalidations:
    """The tag clock as it was persisted: the highest sequence number ever used, and tag hash → its
    last invalidation; those at `floor` or before may be missing, but the `lasting` ones stay.
    `logged` is how many tags `last` was made from, each as often as it was invalidated."""

    highest_seq: int
    floor: int
    last: dict[int, int]
    lasting: dict[int, int]
    logged: int


class ResponseIndex(Protocol):
    """Cache key → stored response, and the persisted part of the tag clock.

    Every method raises StorageFailed and nothing else. Writes are visible to later look-ups once
    awaited, and survive a crash of the process.
    """

    async def lookup(self, key: bytes) -> StoredResponse | None: ...

    async def store(self, response: StoredResponse) -> None:
        """Insert, or replace what stands under the key, in one transaction with its blob row."""

    async def freshen(self, key: bytes, received_at: float, begun_seq: int) -> None:
        """A validation confirmed the stored response. Nothing happens when it is gone."""

    async def move(self, key: bytes, to: bytes) -> bool:
        """Keep what is stored under `key` under `to` from now on, unless what is there was fetched
        later: then only that stays. False when nothing is stored under `key`."""

    async def touch(self, used: Mapping[bytes, float]) -> None:
        """Set last-used times (seconds since the epoch), in one batch."""

    async def used_by(self, now: float) -> None:
        """Last-used times after `now` become `now`: the clock was set back. In slices."""

    async def forget(self, keys: Collection[bytes]) -> None: ...

    async def least_used(self, bytes_wanted: int, spare: Collection[bytes]) -> list[Evictable]:
        """The least recently used responses whose sizes together reach `bytes_wanted`, oldest
        first; none whose blob digest is in `spare`. All there are, where that is not enough."""

    def invalidate(
        self, tag_hashes: Collection[int], seq: int, *, lasting: bool = False
    ) -> Awaitable[None]:
        """Persist that these tags were invalidated at `seq`. Every event comes this way: what it
        takes is begun before it is awaited, and may be done. Then it is a future that is done."""

    async def forget_invalidations(self, floor: int) -> None:
        """Raise the floor, and forget the invalidations there or before that aren't lasting.

        The floor is persisted first, the rest goes in slices: what was not reached when the process
        ended goes with the next floor. One that is not higher than the last changes nothing.
        """

    async def invalidations(self) -> Invalidations: ...

    async def unreferenced(self, digests: Collection[bytes]) -> set[bytes]:
        """Those of the digests that no stored response refers to."""

    async def usage(self) -> Usage: ...


class Journal(Protocol):
    """Small facts that must outlive the process. Every method raises StorageFailed and nothing
    else; what was awaited survives a crash of the process."""

    async def recall(self, name: str) -> bytes | None:
        """What was last remembered under the name; None when nothing was."""

    async def remember(self, name: str, content: bytes) -> None: ...

    def open_intent(self, intent: bytes, tag_hashes: Collection[int]) -> Awaitable[None]:
        """These tags are to be invalidated, though perhaps not yet: a write is on its way, or
        upstream has to settle. `intent` names it, in up to 64 bytes. As with `invalidate`, it may
        be begun before it is awaited."""

    async def close_intent(self, intent: bytes) -> None:
        """It was done. Nothing happens when there is no such intent."""

    async def open_intents(self) -> Mapping[bytes, Collection[int]]:
        """Those that an earlier process, or this one, has not closed."""


class Proofs(Protocol):
    """Caller → what upstream has said of it, and when; known by an HMAC, and without anything
    secret. Every method raises StorageFailed and nothing else."""

    async def known(self) -> Mapping[bytes, tuple[float, bytes]]:
        """All of them: seconds since the epoch and content, the oldest first."""

    async def keep(self, principal: bytes, proved_at: float, content: bytes) -> None:
        """In the place of what was kept before."""

    async def drop(self, principals: Collection[bytes]) -> None:
        """Durable when it returns: they are known no longer."""


class StagedBlob(Protocol):
    """A body on its way in. One writer; any number of readers of what is already written."""

    @property
    def written(self) -> int:
        """Bytes that `read` may ask for."""

    async def write(self, chunk: bytes) -> None:
        """Append. Raises StorageFailed (disk full, I/O error, file too large)."""

    async def write_ahead(self, start: int, chunk: bytes) -> None:
        """Write what is not next: it counts when all before it is there and it was taken up. Raises
        StorageFailed."""

    async def take_up(self, size: int) -> None:
        """Append the next `size` bytes as they were written ahead. Raises StorageFailed."""

    async def read(self, start: int, size: int) -> bytes:
        """Up to `size` bytes from `start`, none past `written`. Works after `commit` and
        `discard` too, until `aclose`. Raises StorageFailed."""

    def descriptor(self) -> AbstractContextManager[int | None]:
        """The number of the file, which stays open within the block; None where there is none.
        Entering raises StorageFailed."""

    async def commit(self) -> bytes:
        """Make it durable under its SHA-256 digest and return the digest. Raises StorageFailed."""

    async def discard(self) -> None:
        """Remove it. Never raises; harmless after `commit`."""

    async def aclose(self) -> None:
        """No reader is left: close the file. A blob that was not committed is discarded."""


class Blob(Protocol):
    """A committed blob, open for reading: deletion does not cut a reader off."""

    @property
    def size(self) -> int: ...

    async def read(self, start: int, size: int) -> bytes:
        """Up to `size` bytes from `start`; b"" at the end. Raises StorageFailed."""

    def descriptor(self) -> AbstractContextManager[int | None]:
        """As of a staged one."""

    async def aclose(self) -> None: ...


class BlobStore(Protocol):
    """Bodies by SHA-256 digest (32 bytes)."""

    async def stage(self) -> StagedBlob:
        """Raises StorageFailed."""

    async def open(self, digest: bytes) -> Blob | None:
        """None when there is no such blob. Raises StorageFailed."""

    async def delete(self, digests: Collection[bytes]) -> None:
        """Remove blobs; those that are gone already are no error. Raises StorageFailed.

        One that was committed by a staged blob which isn't closed yet stays: the row that refers
        to it may be on its way. So store the row before closing the staged blob.
        """

    async def digests(self) -> set[bytes]:
        """All committed blobs, the unreferenced ones included."""

    async def drop_abandoned(self) -> None:
        """Remove the bodies that an earlier process was staging when it ended. Raises
        StorageFailed."""

    @property
    def reading(self) -> Collection[bytes]:
        """Digests that are open for reading now, by a staged blob after its commit too."""

    @property
    def staged_bytes(self) -> int:
        """Bytes in bodies on their way in."""
