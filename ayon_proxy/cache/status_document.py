"""What the proxy is doing, as one document: `/-/status`, `/-/metrics` and `ayon-proxy status`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ayon_proxy import __version__
from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.feed_state import EventFeed, NoFeed
from ayon_proxy.cache.line import Line
from ayon_proxy.cache.ports import Clock, Usage
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.errors import StorageFailed

UNKNOWN = Usage(responses=0, response_bytes=0, blobs=0, blob_bytes=0, database_bytes=0)


class StatusDocument:
    """Gathers it. The names are contract.md's."""

    def __init__(
        self,
        *,
        upstream_url: str,
        line: Line,
        store: Store,
        max_bytes: int,
        traffic: Traffic,
        clock: Clock,
        credentials: Credentials,
        feed: EventFeed | None = None,
    ) -> None:
        self.upstream_url = upstream_url
        self._line = line
        self._store = store
        self._max_bytes = max_bytes
        self._traffic = traffic
        self._clock = clock
        self.upstream_version: str | None = None
        """What upstream called itself at the start."""
        self._started_at = clock.now()
        self._credentials = credentials
        self._feed = feed or NoFeed(self._started_at)
        self.at_work: dict[str, Callable[[], float]] = {"tasks": lambda: len(asyncio.all_tasks())}
        """What there is of each kind at this moment; back to where it was when all have gone."""

    async def current(self) -> dict[str, Any]:
        """The document at this moment; times in it are seconds since the epoch."""
        usage = await self._usage()
        reachability = self._line.reachability
        return {
            "version": __version__,
            "uptime_seconds": round(self._clock.now() - self._started_at, 3),
            "upstream": {
                "url": self.upstream_url,
                "state": reachability.state.value,
                "since": reachability.since,
                "version": self._feed.upstream_version or self.upstream_version,
                "last_error": reachability.last_error,
            },
            "feed": asdict(self._feed.state),
            "storage": {
                "responses": usage.responses,
                "response_bytes": usage.response_bytes,
                "blobs": usage.blobs,
                "blob_bytes": usage.blob_bytes,
                "max_bytes": self._max_bytes,
                "pinned_bytes": 0,
                "failing": self._store.health.failing,
            },
            "traffic": asdict(self._traffic),
            "identity": {
                "known": self._credentials.known,
                "rechecks": self._credentials.rechecks,
                "refused": self._credentials.refused,
            },
        }

    async def _usage(self) -> Usage:
        try:
            return await self._store.index.usage()
        except StorageFailed as failure:
            self._store.report(failure)
            return UNKNOWN
