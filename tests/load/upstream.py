"""The upstream process, seen from the harness: what goes wrong with it, and when it did."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Trouble:
    """A time in which something was wrong. Seconds of the monotonic clock."""

    name: str
    began: float
    ended: float


@dataclass(repr=False)
class Upstream:
    """`direct` is a port without faults for what asks with `x-direct`, `line` the bad one."""

    process: asyncio.subprocess.Process
    direct: int = 0
    line: int = 0
    troubles: list[Trouble] = field(default_factory=list)
    _began: tuple[str, float] | None = None

    async def order(self, fault: str, **more: object) -> None:
        """Have it go wrong, or `calm`."""
        if fault != "calm" and self._began is None:
            self._began = (fault, time.monotonic())
        await self._said({"fault": fault, **more})
        if fault == "calm" and self._began is not None:
            name, began = self._began
            self.troubles.append(Trouble(name, began, time.monotonic()))
            self._began = None

    def troubled(self, start: float, end: float) -> bool:
        """Whether something was wrong at any time between these moments."""
        if self._began is not None and self._began[1] <= end:
            return True
        for trouble in reversed(self.troubles):
            if trouble.ended < start:
                return False
            if trouble.began <= end:
                return True
        return False

    async def _said(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return answer


@asynccontextmanager
async def upstream_process() -> AsyncIterator[Upstream]:
    """A running one; gone when the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.load.upstream_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    upstream = Upstream(process)
    try:
        said = json.loads(await process.stdout.readline())
        upstream.direct, upstream.line = said["direct"], said["line"]
        yield upstream
    finally:
        process.kill()
        await process.wait()
