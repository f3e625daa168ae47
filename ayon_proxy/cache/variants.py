"""Stored answers in a content coding: made once, behind the answers, and kept in memory.

A client that accepts a coding which has not been made is given the identity, and the variant is
made meanwhile: nobody waits for it. It is known by the digest of the bytes that it stands for, not
by what they answer: it can't outlive a change, and one serves all keys that have the same bytes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import structlog

from ayon_proxy.cache.bodies import Body, InlineBody
from ayon_proxy.cache.file_part import Part
from ayon_proxy.cache.ports import BlobStore, Clock
from ayon_proxy.cache.read_once import whole
from ayon_proxy.errors import StorageFailed, UpstreamBroke
from ayon_proxy.policy import content_coding
from ayon_proxy.policy.message import Head, Request, StoredResponse

Compress = Callable[[bytes], bytes]

SHARE = 4
"""Of so many bytes of the memory tier one is for variants."""

OVERHEAD_BYTES = 256
"""What a variant costs in memory beside its bytes."""

MOST_WAITING = 64
"""Variants still to be made. Further ones are asked for again by the next who would take them."""

MOST_ASKED = 4096
"""Variants of which it is known that a client would have taken them."""

AGAIN_SECONDS = 0.125
"""Whoever asks within that time of the first is of the same rush, and counts as one."""

log = structlog.get_logger(__name__)

_Key = tuple[bytes, bytes]
"""Digest of the identity, and the coding."""


@dataclass(frozen=True, slots=True)
class Presented:
    """`head` as this client gets it. `body` None stands for the stored one, the identity."""

    head: Head
    body: Body | None = None


class HeldBody:
    """The body of an answer that will be "not modified": only the client holds it any more."""

    length = None

    def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:  # noqa: ARG002
        raise UpstreamBroke("Nobody but the client holds this body.")

    def parts(self, start: int = 0, end: int | None = None) -> AsyncIterator[Part]:
        return self.stream(start, end)

    async def aclose(self) -> None:
        return None


class Variants:
    """`codings` are offered in this order, each with how it is made.

    They take `max_bytes` of memory at most; those that were given last stay. A variant is made when
    it would have been taken again after AGAIN_SECONDS: what is read once would cost more than it
    saves.
    """

    def __init__(
        self,
        codings: Sequence[tuple[bytes, Compress]],
        blobs: BlobStore,
        clock: Clock,
        max_bytes: int,
    ) -> None:
        self._compress = dict(codings)
        self._offered = tuple(self._compress) if max_bytes > OVERHEAD_BYTES else ()
        self._blobs = blobs
        self._clock = clock
        self._max_bytes = max_bytes
        self._made: OrderedDict[_Key, bytes] = OrderedDict()
        self._asked: OrderedDict[_Key, float] = OrderedDict()
        self._waiting: dict[_Key, StoredResponse] = {}
        self._making: asyncio.Task[None] | None = None
        self.bytes = 0

    def presented(self, request: Request, stored: StoredResponse, head: Head) -> Presented:
        """How a stored answer with this head is given to this client."""
        codings = content_coding.offered_to(request, head, stored.size, self._offered)
        if not codings:
            return Presented(head)
        held = content_coding.held(request, head, codings)
        if held == content_coding.IDENTITY:
            return Presented(content_coding.varying(head))
        coding = held or codings[0]
        content = self._variant(stored, coding)
        if content:
            return Presented(content_coding.coded(head, coding), InlineBody(content))
        if held is not None:
            return Presented(content_coding.coded(head, coding), HeldBody())
        return Presented(content_coding.varying(head))

    def _variant(self, stored: StoredResponse, coding: bytes) -> bytes | None:
        """The bytes; empty where they save too little. None where they have still to be made."""
        key = (stored.digest or sha256(stored.inline or b"").digest(), coding)
        content = self._made.get(key)
        if content is not None:
            self._made.move_to_end(key)
        elif (asked_at := self._asked.get(key)) is None:
            self._asked[key] = self._clock.now()
            if len(self._asked) > MOST_ASKED:
                self._asked.popitem(last=False)
        elif self._clock.now() - asked_at >= AGAIN_SECONDS:
            self._want(key, stored)
        return content

    def _want(self, key: _Key, stored: StoredResponse) -> None:
        if len(self._waiting) >= MOST_WAITING:
            return
        self._waiting[key] = stored
        if self._making is None:
            self._making = asyncio.create_task(self._make_all(), name="variants")

    async def _make_all(self) -> None:
        """Make what waits, one after the other: a core at the most is busy with it."""
        try:
            while self._waiting:
                key, stored = next(iter(self._waiting.items()))
                try:
                    await self._make(key, stored)
                finally:
                    del self._waiting[key]
        finally:
            self._making = None

    async def _make(self, key: _Key, stored: StoredResponse) -> None:
        identity = stored.inline if stored.inline is not None else await self._read(stored)
        if identity is None:
            return
        content = await asyncio.to_thread(self._compress[key[1]], identity)
        most = min(
            content_coding.MOST_OF_IDENTITY * len(identity), self._max_bytes - OVERHEAD_BYTES
        )
        kept = len(content) <= most
        self._keep(key, content if kept else b"")
        log.debug(
            "variant_made",
            url=stored.url,
            coding=key[1].decode(),
            bytes=len(content),
            identity_bytes=len(identity),
            kept=kept,
        )

    async def _read(self, stored: StoredResponse) -> bytes | None:
        """The file's bytes; None where it is gone meanwhile, or can't be read."""
        try:
            blob = await self._blobs.open(stored.digest or b"")
        except StorageFailed:
            return None
        return None if blob is None else await whole(blob)

    def _keep(self, key: _Key, content: bytes) -> None:
        self._asked.pop(key, None)
        self._made[key] = content
        self.bytes += OVERHEAD_BYTES + len(content)
        while self.bytes > self._max_bytes:
            _, oldest = self._made.popitem(last=False)
            self.bytes -= OVERHEAD_BYTES + len(oldest)

    async def idle(self) -> None:
        """Wait until all that was asked for is made."""
        if self._making is not None:
            await asyncio.shield(self._making)

    async def aclose(self) -> None:
        """Make no more; a thread that is at work is left to its end."""
        if self._making is not None:
            self._making.cancel()
            await asyncio.gather(self._making, return_exceptions=True)
