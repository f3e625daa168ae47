"""Begins fetches: everything a trip needs that is the same for all of them."""

from __future__ import annotations

from ayon_proxy.cache.fetch import BeforeFetch, Fetch, Plan
from ayon_proxy.cache.keeping import Keeper
from ayon_proxy.cache.parallel_ranges import Streams
from ayon_proxy.cache.ports import BlobStore, Clock, Upstream
from ayon_proxy.cache.space import Space
from ayon_proxy.cache.spool import INLINE_BYTES, Spool
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.turns import Turns

REDACTED_BYTES = 4 * 1024 * 1024
"""A body with something to remove is kept in memory whole: none of it may reach the disk before."""


class Trips:
    """Makes a Fetch out of a Plan."""

    def __init__(
        self,
        *,
        upstream: Upstream,
        blobs: BlobStore,
        space: Space,
        keeper: Keeper,
        tags: TagClock,
        clock: Clock,
        before: BeforeFetch,
        turns: Turns,
        streams: Streams,
    ) -> None:
        self._upstream = upstream
        self._blobs = blobs
        self._space = space
        self._keeper = keeper
        self._tags = tags
        self._clock = clock
        self._turns = turns
        self._streams = streams
        self.before = before
        """To be called before upstream is asked what may be stored."""

    def begin(self, plan: Plan) -> Fetch:
        """A fetch that begins now: what is invalidated from here on makes its answer stale."""
        return Fetch(
            plan,
            sequence=lambda: self._tags.sequence,
            upstream=self._upstream,
            clock=self._clock,
            spool=self._spool(plan),
            max_bytes=self._space.max_bytes,
            keeper=self._keeper,
            before=self.before,
            turns=self._turns,
            streams=self._streams,
        )

    def _spool(self, plan: Plan) -> Spool:
        secret = bool(plan.route.redact)
        return Spool(
            self._blobs,
            self._space,
            inline_bytes=REDACTED_BYTES if secret else INLINE_BYTES,
            on_disk=not secret,
        )
