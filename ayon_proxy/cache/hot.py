"""The memory tier: the stored responses used last, bounded in bytes.

Only responses whose body stands in the index itself are kept; files are the operating system's to
keep in memory. What is here is a copy: losing it costs a look-up.
"""

from __future__ import annotations

from collections import OrderedDict

from ayon_proxy.policy.message import StoredResponse

OVERHEAD_BYTES = 1024
"""What a response costs in memory beside its body and tags: objects, fields, the mapping's slot."""


class HotResponses:
    """Cache key → stored response, least recently used out first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._responses: OrderedDict[bytes, StoredResponse] = OrderedDict()
        self.bytes = 0

    def lookup(self, key: bytes) -> StoredResponse | None:
        stored = self._responses.get(key)
        if stored is not None:
            self._responses.move_to_end(key)
        return stored

    def peek(self, key: bytes) -> StoredResponse | None:
        """What is there, used or not."""
        return self._responses.get(key)

    def keep(self, stored: StoredResponse) -> None:
        """Take it in, and let go of the oldest for it. One that is too large is left out."""
        self.forget(stored.key)
        if _cost(stored) > self._max_bytes:
            return
        self._responses[stored.key] = stored
        self.bytes += _cost(stored)
        while self.bytes > self._max_bytes:
            _, oldest = self._responses.popitem(last=False)
            self.bytes -= _cost(oldest)

    def forget(self, key: bytes) -> None:
        stored = self._responses.pop(key, None)
        if stored is not None:
            self.bytes -= _cost(stored)


def _cost(stored: StoredResponse) -> int:
    body = len(stored.inline) if stored.inline is not None else 0
    return OVERHEAD_BYTES + body + len(stored.tags) + len(stored.url)
