"""The memory tier: the stored responses used last, bounded in bytes.

What is here is a copy: losing it costs a look-up. Small bodies stand in the index itself; those of
some size are files, whose bytes are here beside their response (`content`) once somebody has asked
for them. Large files are the operating system's to keep in memory.
"""

from __future__ import annotations

from collections import OrderedDict

from ayon_proxy.policy.message import StoredResponse

OVERHEAD_BYTES = 1024
"""What a response costs in memory beside its body and tags: objects, fields, the mapping's slot."""

CONTENT_BYTES = 1024 * 1024
"""Of a body that is kept in memory, at the most."""


class HotResponses:
    """Cache key → stored response, least recently used out first."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._responses: OrderedDict[bytes, tuple[StoredResponse, bytes | None]] = OrderedDict()
        self.bytes = 0

    def lookup(self, key: bytes) -> StoredResponse | None:
        """What is there; it is the one used last now."""
        held = self._responses.get(key)
        if held is None:
            return None
        self._responses.move_to_end(key)
        return held[0]

    def peek(self, key: bytes) -> StoredResponse | None:
        """What is there, used or not."""
        held = self._responses.get(key)
        return None if held is None else held[0]

    def content(self, stored: StoredResponse) -> bytes | None:
        """The body of this very response, where that is in memory."""
        if stored.inline is not None:
            return stored.inline
        held = self._responses.get(stored.key)
        return held[1] if held is not None and held[0] is stored else None

    def keep(self, stored: StoredResponse, content: bytes | None = None) -> None:
        """Take it in, and let go of the oldest for it. One that is too large is left out."""
        self.forget(stored.key)
        cost = _cost(stored, content)
        if cost > self._max_bytes:
            return
        self._responses[stored.key] = stored, content
        self.bytes += cost
        while self.bytes > self._max_bytes:
            _, oldest = self._responses.popitem(last=False)
            self.bytes -= _cost(*oldest)

    def forget(self, key: bytes) -> None:
        """Nothing is there any more."""
        held = self._responses.pop(key, None)
        if held is not None:
            self.bytes -= _cost(*held)


def _cost(stored: StoredResponse, content: bytes | None) -> int:
    body = stored.inline or content or b""
    return OVERHEAD_BYTES + len(body) + len(stored.tags) + len(stored.url)
