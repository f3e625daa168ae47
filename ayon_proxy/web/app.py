"""The ASGI application: the proxy's own paths, websockets, and AYON's everything else."""

from __future__ import annotations

from typing import Any


class Application:
    """Sorts by the first look at a scope; a request for AYON meets no framework."""

    def __init__(self, operator: Any, websocket: Any, proxy: Any) -> None:
        self._operator = operator
        self._websocket = websocket
        self._proxy = proxy

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/-/"):
            await self._operator(scope, receive, send)
        elif scope["type"] == "http":
            await self._proxy(scope, receive, send)
