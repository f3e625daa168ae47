"""The store: index, blobs and memory tier as one.

A failing disk never costs a client its answer: what can't be read is a miss, what can't be
written is only relayed. Both are said once in the log until it works again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from ayon_proxy.cache.bodies import BlobBody, Body, InlineBody
from ayon_proxy.cache.hot import HotResponses
from ayon_proxy.cache.ports import BlobStore, Clock, ResponseIndex
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.message import StoredResponse

ROW_BYTES = 512
"""About what a row takes in the index beside its body and tags."""

log = structlog.get_logger(__name__)


class Store:
    """What the engine and its fetches know of storage. `grown` is told what a row adds."""

    def __init__(
        self,
        index: ResponseIndex,
        blobs: BlobStore,
        hot: HotResponses,
        clock: Clock,
        grown: Callable[[int], None],
    ) -> None:
        self.index = index
        self.blobs = blobs
        self._hot = hot
        self._clock = clock
        self._used: dict[bytes, float] = {}
        self._failing = False
        self._grown = grown

    async def lookup(self, key: bytes) -> StoredResponse | None:
        """What is stored under the key; None when nothing is, or it can't be read."""
        stored = self._hot.lookup(key)
        if stored is None:
            try:
                stored = await self.index.lookup(key)
            except StorageFailed as failure:
                self.report(failure)
                return None
            if stored is not None and stored.inline is not None:
                self._hot.keep(stored)
        if stored is not None:
            self._used[key] = self._clock.now()
        return stored

    async def body(self, stored: StoredResponse) -> Body | None:
        """Open the body. None when its file is gone: the response is then forgotten."""
        if stored.inline is not None:
            return InlineBody(stored.inline)
        try:
            blob = await self.blobs.open(stored.digest or b"")
        except StorageFailed as failure:
            self.report(failure)
            return None
        if blob is None or blob.size != stored.size:
            log.warning("stored_file_missing", url=stored.url)
            if blob is not None:
                await blob.aclose()
            await self.forget(stored.key)
            return None
        return BlobBody(blob)

    async def keep(self, stored: StoredResponse) -> bool:
        """Store a response whose blob, if it has one, is committed. False when it could not be.

        What was fetched later stays: a slow fetch does not bring the past back.
        """
        try:
            present = await self.index.lookup(stored.key)
            if present is not None and present.begun_seq > stored.begun_seq:
                return False
            await self.index.store(stored)
        except StorageFailed as failure:
            self.report(failure)
            return False
        if stored.inline is not None:
            self._hot.keep(stored)
        else:
            self._hot.forget(stored.key)
        self._used[stored.key] = stored.received_at
        self._failing = False
        self._grown(len(stored.inline or b"") + len(stored.tags) + ROW_BYTES)
        return True

    async def freshen(self, stored: StoredResponse, now: float, begun_seq: int) -> StoredResponse:
        """Upstream has confirmed it at `now`; the response as it stands then."""
        fresh = replace(stored, received_at=now, begun_seq=begun_seq)
        self._hot.forget(stored.key)
        try:
            await self.index.freshen(stored.key, now, begun_seq)
        except StorageFailed as failure:
            self.report(failure)
        return fresh

    async def forget(self, key: bytes) -> None:
        """Upstream has said that there is no such thing any more."""
        self._hot.forget(key)
        try:
            await self.index.forget([key])
        except StorageFailed as failure:
            self.report(failure)

    def evicted(self, key: bytes) -> None:
        """The janitor has taken it out of the index."""
        self._hot.forget(key)
        self._used.pop(key, None)

    async def flush_used(self) -> None:
        """Write down what was used when, in one batch: the order in which things are evicted."""
        used, self._used = self._used, {}
        if used:
            try:
                await self.index.touch(used)
            except StorageFailed as failure:
                self.report(failure)

    def report(self, failure: StorageFailed) -> None:
        """Say that storage fails, once until it works again."""
        if not self._failing:
            log.warning("storage_failing", reason=str(failure), effect="answers are not stored")
        self._failing = True
