"""The tag clock: when was each tag last invalidated (architecture 3.1).

A response is good while none of its tags was invalidated after its fetch began. Invalidating is one
small write, whatever its reach; no stored response is touched.

Tags come and go, so the clock forgets. It keeps two generations:

    floor ────── older ────── younger ────── sequence
      ^            ^             ^
      |            |             takes in what is invalidated now; when it is full it becomes
      |            goes then, and the floor rises to its newest number
      a response whose fetch began before counts as invalidated
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection

from ayon_proxy.cache.ports import ResponseIndex
from ayon_proxy.policy.tags import unpack

GENERATION = 1_000_000
"""Tags in one generation, each as often as it was invalidated: 100,000 events or so, a day or more
of a busy studio; at most 120 MB of memory and 10 MB of disk."""


class TagClock:
    """Lives in memory, and is persisted before an invalidation counts as done."""

    def __init__(self, index: ResponseIndex, generation: int = GENERATION) -> None:
        self._index = index
        self._generation = generation
        self._younger: dict[int, int] = {}
        self._older: dict[int, int] = {}
        self._older_ends = 0
        self._lasting: dict[int, int] = {}
        self._logged = 0
        self._persisted_floor = 0
        self.floor = 0
        """What was last invalidated here or before may be forgotten."""
        self.sequence = 0
        """Grows by one with each invalidation. A fetch notes it when it begins."""

    async def load(self) -> None:
        """Take up where the last process stopped. Raises StorageFailed."""
        known = await self._index.invalidations()
        self.sequence = known.highest_seq
        self.floor = self._persisted_floor = self._older_ends = known.floor
        self._lasting = known.lasting
        self._logged = known.logged
        if known.logged < self._generation:
            self._younger = known.last
            return
        # Where one generation ended isn't known any more. Any line does; this one halves the time.
        self._older_ends = (self.floor + self.sequence) // 2
        self._older = {tag: seq for tag, seq in known.last.items() if seq <= self._older_ends}
        self._younger = {tag: seq for tag, seq in known.last.items() if seq > self._older_ends}
        self._logged //= 2

    def invalidate(self, tag_hashes: Collection[int], *, lasting: bool = False) -> Awaitable[None]:
        """No response with one of these tags that was fetched until now is fresh any more: in this
        process when this returns, for good when what it returns has been awaited.

        `lasting` is for the few tags whose last invalidation must never be forgotten. Raises
        StorageFailed when it could not be persisted; in this process it holds even then.
        """
        self.sequence += 1
        sequence = self.sequence
        if lasting:
            self._lasting.update(dict.fromkeys(tag_hashes, sequence))
        else:
            self._younger.update(dict.fromkeys(tag_hashes, sequence))
            self._logged += len(tag_hashes)
        if self._logged >= self._generation:
            self._forget_older()
        return self._index.invalidate(tag_hashes, sequence, lasting=lasting)

    async def prune(self) -> None:
        """Have storage forget what this clock has forgotten. It may take long and holds nobody up.

        Raises StorageFailed; then it is left to the next time.
        """
        if self.floor > self._persisted_floor:
            floor = self.floor
            await self._index.forget_invalidations(floor)
            self._persisted_floor = floor

    def last_invalidated(self, tag: int) -> int:
        """The sequence number of the tag's last invalidation that is known; 0 when none is."""
        generations = (self._younger, self._older, self._lasting)
        return max(generation.get(tag, 0) for generation in generations)

    def invalidated_since(self, tags: bytes, begun_seq: int) -> bool:
        """Whether one of these packed tags was, or may have been, invalidated after `begun_seq`."""
        if begun_seq < self.floor:
            return True
        if begun_seq >= self.sequence:
            return False
        # An answer may have a thousand tags, of which few were ever invalidated.
        hashes = unpack(tags)
        generations = [self._younger, self._lasting]
        if begun_seq < self._older_ends:
            generations.append(self._older)
        return any(
            generation[tag] > begun_seq
            for generation in generations
            for tag in generation.keys() & hashes
        )

    def _forget_older(self) -> None:
        self.floor = self._older_ends
        self._older, self._older_ends = self._younger, self.sequence
        self._younger, self._logged = {}, 0
