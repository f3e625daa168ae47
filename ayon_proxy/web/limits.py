"""What one client may take: bytes, seconds and connections. Settings of the section `server`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from ayon_proxy.policy.forwarded import Network, among
from ayon_proxy.policy.request_head import Refusal


@dataclass(frozen=True, slots=True)
class Limits:
    """`head_bytes` and `head_fields` bound a head, `head_bytes` trailers and chunk extensions, too.

    A head must be complete within `head_seconds` of its first byte; a body may pause for
    `body_seconds`, besides the time in which upstream is not ready for it. A connection may be idle
    for `idle_seconds`, before its first request too: long, since a pooled connection that is closed
    just as its client asks fails that client's call (upstream/clients.md 1.5).
    """

    head_bytes: int = 256 * 1024
    head_fields: int = 1000
    head_seconds: float = 30.0
    body_seconds: float = 120.0
    idle_seconds: float = 600.0
    connections: int = 5000
    connections_per_address: int = 2000


FULL = Refusal(503, "All connections that this proxy accepts are in use.")

FULL_FOR_ADDRESS = Refusal(503, "All connections that this proxy accepts from you are in use.")


@dataclass(slots=True)
class Admission:
    """Who is connected. Of a trusted proxy's clients we see one address only: it has no limit."""

    limits: Limits
    trusted: Collection[Network] = ()
    total: int = 0
    by_address: Counter[str] = field(default_factory=Counter)

    def enter(self, address: str | None) -> Refusal | None:
        """Count a connection; why it can't stay, if it can't. Every one that entered leaves."""
        self.total += 1
        if address is not None:
            self.by_address[address] += 1
        if self.total > self.limits.connections:
            return FULL
        if (
            address is not None
            and self.by_address[address] > self.limits.connections_per_address
            and not among(address, self.trusted)
        ):
            return FULL_FOR_ADDRESS
        return None

    def leave(self, address: str | None) -> None:
        """A connection is over."""
        self.total -= 1
        if address is not None:
            self.by_address[address] -= 1
            if not self.by_address[address]:
                del self.by_address[address]
