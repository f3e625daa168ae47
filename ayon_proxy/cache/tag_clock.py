"""The tag clock: when was each tag last invalidated (architecture 3.1).

A response is good while none of its tags was invalidated after its fetch began. Invalidating is one
small write, whatever its reach; no stored response is touched.
"""

from __future__ import annotations

from collections.abc import Collection

from ayon_proxy.cache.ports import ResponseIndex
from ayon_proxy.policy.tags import unpack


class TagClock:
    """Lives in memory, and is persisted before an invalidation counts as done."""

    def __init__(self, index: ResponseIndex) -> None:
        self._index = index
        self._invalidated_at: dict[int, int] = {}
        self.sequence = 0
        """Grows by one with each invalidation. A fetch notes it when it begins."""

    async def load(self) -> None:
        """Take up where the last process stopped. Raises StorageFailed."""
        self.sequence, self._invalidated_at = await self._index.invalidations()

    async def invalidate(self, tag_hashes: Collection[int]) -> None:
        """No response with one of these tags that was fetched until now is fresh any more.

        Raises StorageFailed when it could not be persisted; in this process it holds even then.
        """
        if not tag_hashes:
            return
        self.sequence += 1
        sequence = self.sequence
        self._invalidated_at.update(dict.fromkeys(tag_hashes, sequence))
        await self._index.invalidate(tag_hashes, sequence)

    def last_invalidated(self, tag: int) -> int:
        """The sequence number of the tag's last invalidation; 0 when there was none."""
        return self._invalidated_at.get(tag, 0)

    def invalidated_since(self, tags: bytes, begun_seq: int) -> bool:
        """Whether one of these packed tags was invalidated after `begun_seq`."""
        newest = self._invalidated_at
        return any(newest.get(tag, 0) > begun_seq for tag in unpack(tags))
