"""What belongs to one caller alone, and until when.

A caller's own cache keys name the moment when its rights last changed. What lies under an older one
is found no more, neither fresh nor offline, and leaves as the least recently used.
"""

from __future__ import annotations

from collections.abc import Awaitable

from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.policy.tags import tag_hash


class Callers:
    """Principals by what they were allowed to see. `anonymous` is that of who has no credential."""

    def __init__(self, tags: TagClock, anonymous: bytes) -> None:
        self._tags = tags
        self.anonymous = anonymous

    def as_of_now(self, principal: bytes) -> bytes:
        """The principal as it belongs into a cache key."""
        changed_at = self._tags.last_invalidated(_tag(principal))
        return principal + changed_at.to_bytes(8, "big")

    def changed(self, principal: bytes) -> Awaitable[None]:
        """It may not see any more what it was shown: what was stored for it is found no longer.

        Raises StorageFailed when that could not be written down.
        """
        # Forgotten, it would bring back the keys from before.
        return self._tags.invalidate([_tag(principal)], lasting=True)


def _tag(principal: bytes) -> int:
    return tag_hash(f"principal:{principal.hex()}")
