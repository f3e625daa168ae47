"""Finds what changed without an event: entities of the projects in use, by their `updatedAt`."""

from __future__ import annotations

from collections.abc import Iterable

from ayon_proxy.cache.feed_ports import ChangedEntities
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.used_projects import UsedProjects
from ayon_proxy.policy.feed.changed import ChangedEntity, Changes
from ayon_proxy.policy.invalidation.table import unknown_reach
from ayon_proxy.policy.invalidation.unannounced import scanned


class ChangeScan:
    """One scan after the other; each change is invalidated once."""

    def __init__(
        self, entities: ChangedEntities, used: UsedProjects, invalidator: Invalidator
    ) -> None:
        self._entities = entities
        self._used = used
        self._invalidator = invalidator
        self._changes = Changes()

    async def run(self, since: float) -> float:
        """Invalidate what changed since, and return the time up to which that is all; both are
        seconds since the epoch by upstream's clock. Raises FeedFailed."""
        as_of = await self._entities.now()
        for project in sorted(self._used.names):
            async for page in self._entities.since(project, since):
                if page is None:
                    await self._invalidator.drop(_whole(project))
                else:
                    await self._invalidate(page)
        return as_of

    async def _invalidate(self, page: Iterable[ChangedEntity]) -> None:
        changed = [entity for entity in page if self._changes.news(entity)]
        tags = [scanned(each.project, each.type, each.id, each.parent) for each in changed]
        await self._invalidator.drop(frozenset[str]().union(*tags))


def _whole(project: str) -> frozenset[str]:
    """All answers of a project, but not its files: their ids never stand for other bytes."""
    return unknown_reach((project,)) | {f"answers:{project}"}
