"""The demo server behind a bad line, as a process of its own.

`python -m tests.load.upstream_process` prints `{"direct": port, "line": port}` and obeys lines of
stdin, each answered by a line: `{"fault": "hang"}` and so on, see `_Orders`. Requests with the
field `x-direct` are answered whatever is wrong, if they come by the direct port.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
from typing import Any

from starlette.types import Scope

from ayon_proxy.demo.film import small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.server import allow_open_files, loop_factory
from tests.load.line_shim import LineShim

DIRECT = (b"x-direct", b"1")


def _of_the_line(scope: Scope) -> bool:
    return scope["type"] == "http" and DIRECT not in scope["headers"]


class _Orders:
    """One method for each fault; `calm` ends them all."""

    def __init__(self, demo: DemoServer, shim: LineShim) -> None:
        self._demo = demo
        self._shim = shim

    async def obey(self, order: dict[str, Any]) -> None:
        """Do as told."""
        self._demo.requests.clear()
        match order["fault"]:
            case "calm":
                self._demo.faults.clear()
                await self._shim.calm()
            case "hang":
                self._shim.hang()
            case "slow":
                self._shim.late_seconds = order["seconds"]
            case "refuse":
                self._shim.refuse()
            case "reset":
                self._shim.reset()
            case "cut":
                self._shim.cutting = True
            case "status":
                self._demo.faults.add(_of_the_line, "status", status=order["status"])
            case "restart":
                self._demo.studio.restart()
                await asyncio.sleep(0.05)  # its farewell gets out
                self._shim.refuse()
            case unknown:
                raise ValueError(unknown)


async def main() -> None:
    """Serve until stdin ends."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    async with DemoServer(small_film()) as demo, LineShim(demo.port, random.Random(7)) as shim:
        print(json.dumps({"direct": demo.port, "line": shim.port}), flush=True)
        orders = _Orders(demo, shim)
        async for line in lines:
            await orders.obey(json.loads(line))
            print("{}", flush=True)


if __name__ == "__main__":
    allow_open_files()
    # What a line that is cut makes of a request is what it was cut for.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main())
