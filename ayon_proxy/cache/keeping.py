"""From a fetched body to a stored response.

Order of visibility: file complete and named by its digest → checked → row and tags in one
transaction. Whoever looks before sees nothing, whoever looks after sees all of it.
"""

from __future__ import annotations

import structlog

from ayon_proxy.cache.checksums import ListedChecksums, agrees
from ayon_proxy.cache.fetch import Fetch, Shared
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.store import Store
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.message import StoredResponse
from ayon_proxy.policy.redact import redacted
from ayon_proxy.policy.storing import stored_head

log = structlog.get_logger(__name__)


class Keeper:
    """Called by fetches when a body is whole, or when upstream has confirmed a stored one."""

    def __init__(self, store: Store, checksums: ListedChecksums, clock: Clock) -> None:
        self._store = store
        self._checksums = checksums
        self._clock = clock

    async def keep(self, fetch: Fetch, shared: Shared) -> None:
        """Store what was fetched, unless it is not what upstream lists."""
        plan, spool = fetch.plan, shared.spool
        try:
            digest = await spool.staged.commit() if spool.staged is not None else None
            if not await self._as_listed(fetch, shared):
                log.warning("checksum_differs", url=plan.url, effect="not stored")
                await self._reap(digest)
                return
        except StorageFailed as failure:
            self._store.report(failure)
            return
        inline = spool.memory if digest is None else None
        if plan.route.redact:
            inline = redacted(inline or b"", plan.route.redact)
            if digest is not None or inline is None:
                log.info("not_stored", url=plan.url, reason="nothing could be removed from it")
                await self._reap(digest)
                return
        stored = StoredResponse(
            key=plan.key,
            head=stored_head(shared.head),
            size=spool.size if inline is None else len(inline),
            inline=inline,
            digest=digest,
            tags=plan.tags,
            begun_seq=fetch.begun_seq,
            requested_at=fetch.requested_at,
            received_at=shared.received_at,
            url=plan.url,
        )
        await self._store.keep(stored)

    async def confirm(self, fetch: Fetch, stored: StoredResponse) -> StoredResponse:
        """Upstream vouched for it: fresh again, as of when it was asked."""
        return await self._store.freshen(stored, self._clock.now(), fetch.begun_seq)

    async def _as_listed(self, fetch: Fetch, shared: Shared) -> bool:
        plan, spool = fetch.plan, shared.spool
        if plan.route.listed_in is None:
            return True
        listed = await self._checksums.listed(plan.request, plan.route.listed_in)
        return listed is None or await agrees(listed, spool.staged or spool.memory)

    async def _reap(self, digest: bytes | None) -> None:
        if digest is not None:
            try:
                await self._store.blobs.delete(await self._store.index.unreferenced([digest]))
            except StorageFailed as failure:
                self._store.report(failure)
