"""The ASGI application: the proxy's own paths, websockets, and AYON's everything else."""

from __future__ import annotations

from typing import Any

from ayon_proxy.policy.own_paths import Whose, whose
from ayon_proxy.policy.request_head import Refusal
from ayon_proxy.web.protocol import target_of
from ayon_proxy.web.refusing import refuse, refuse_websocket

NOBODYS = Refusal(
    404, "The proxy's own paths lie below /-/, spelled like that, and are no websockets."
)


class Application:
    """Sorts by the first look at a scope; a request for AYON meets no framework."""

    def __init__(self, operator: Any, websocket: Any, proxy: Any) -> None:
        self._operator = operator
        self._websocket = websocket
        self._proxy = proxy

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        owner = whose(target_of(scope).partition(b"?")[0])
        if scope["type"] == "websocket":
            if owner is Whose.AYONS:
                await self._websocket(scope, receive, send)
            else:
                await refuse_websocket(scope, receive, send, NOBODYS)
        elif owner is Whose.AYONS:
            await self._proxy(scope, receive, send)
        elif owner is Whose.OURS:
            await self._operator(scope, receive, send)
        else:
            await refuse(send, NOBODYS)
