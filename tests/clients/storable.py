"""What the demo server is asked though the proxy could have it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ayon_proxy.demo.running import DemoServer, RecordedRequest
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind
from tests.support.running_proxy import RunningProxy

STORABLE = frozenset({Kind.STORE, Kind.FILE, Kind.RESOLVE})
PLACEHOLDER_BYTES = 68
"""An entity without a picture is answered with one that is never stored (upstream/observed.md)."""


PROOFS = frozenset({"/api/info", "/api/users/me", "/api/users/me/permissions"})


@dataclass
class Asked:
    """Called in a thread beside the loop: waits until nothing is under way, then tells."""

    demo: DemoServer
    proxy: RunningProxy
    loop: asyncio.AbstractEventLoop
    seen: int = field(default=0, init=False)

    def __call__(self) -> list[str]:
        """Since the last call."""
        idle = self.proxy.assembled.cache.in_flight.idle()
        asyncio.run_coroutine_threadsafe(idle, self.loop).result()
        new, self.seen = self.demo.requests[self.seen :], len(self.demo.requests)
        return [f"{each.method} {each.path}?{each.query}" for each in new if is_storable(each)]


def is_storable(asked: RecordedRequest) -> bool:
    """Whether the route table has a row that stores it, and there was something to be stored; not
    what the proxy itself asks again and again, behind whoever is given something stored."""
    if asked.path in PROOFS:
        return False
    request = Request(asked.method, asked.path.encode(), asked.query.encode())
    nothing = asked.path.endswith("/thumbnail") and asked.bytes_sent == PLACEHOLDER_BYTES
    return asked.status == 200 and not nothing and classify(request).route.kind in STORABLE
