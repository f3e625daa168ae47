"""Callers whom upstream has refused: nothing that was fetched for them before is theirs any more.

A caller's cache keys name the moment of its last refusal. What lies under an older one is found no
more, neither fresh nor offline, and leaves as the least recently used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.policy.tags import tag_hash


class Callers:
    """Principals by what upstream has said of them.

    `anonymous` is the principal without any credential: upstream refuses that often, and it says
    nothing about anybody.
    """

    def __init__(self, tags: TagClock, anonymous: bytes) -> None:
        self._tags = tags
        self._anonymous = anonymous
        self._accepted: set[bytes] = set()

    def as_of_now(self, principal: bytes) -> bytes:
        """The principal as it belongs into a cache key."""
        refused_at = self._tags.last_invalidated(_tag(principal))
        return principal + refused_at.to_bytes(8, "big")

    def is_nobody(self, principal: bytes) -> bool:
        """Whether there is no credential at all."""
        return principal == self._anonymous

    async def changed(self, principal: bytes) -> None:
        """It may not see any more what it was shown: what was stored for it is found no longer.

        Raises StorageFailed when that could not be written down.
        """
        # Forgotten, it would bring back the keys from before.
        await self._tags.invalidate([_tag(principal)], lasting=True)

    def accepted(self, principal: bytes) -> None:
        """Upstream has answered it."""
        self._accepted.add(principal)

    async def refused(self, principal: bytes, known: Callable[[], Awaitable[bool]]) -> None:
        """Upstream knows it no longer. Raises StorageFailed when that could not be written down.

        `known` tells of one that this process has not seen accepted whether something is stored
        for it: of a credential that somebody makes up nothing is remembered.
        """
        if self.is_nobody(principal):
            return
        if principal in self._accepted or await known():
            self._accepted.discard(principal)
            await self.changed(principal)


def _tag(principal: bytes) -> int:
    return tag_hash(f"principal:{principal.hex()}")
