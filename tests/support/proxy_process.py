"""`ayon-proxy serve` as a process of its own: what it costs, what it says, how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEADLINE = 60.0
"""Seconds for what takes one on an idle machine."""


@dataclass(repr=False)
class ProxyProcess:
    """`port` and `started_in` (seconds) once it listens; `lines` is what it has logged."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    said: bytearray = field(default_factory=bytearray)
    """All of it, byte for byte."""
    port: int = 0
    started_in: float = 0.0
    idle_bytes: int = 0
    """Its resident memory when it had just started."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident_bytes(self) -> int:
        """Memory it holds now."""
        return self._status("VmRSS")

    @property
    def own_bytes(self) -> int:
        """Memory it holds now without pages of files, which the system takes back at will."""
        return self._status("RssAnon")

    @property
    def peak_bytes(self) -> int:
        """The most memory it ever held."""
        return self._status("VmHWM")

    def events(self, *levels: str) -> list[str]:
        """The names of what it has logged at these levels."""
        return [line["event"] for line in self.lines if line["level"] in levels]

    def complaints(self) -> list[str]:
        """What it has logged that somebody should look at; tests want it without a key."""
        return [
            each for each in self.events("warning", "error", "critical") if each != "feed_disabled"
        ]

    async def logged(self, event: str) -> dict[str, Any]:
        """The first line about the event, as soon as there is one."""
        async with asyncio.timeout(DEADLINE):
            while True:
                for line in self.lines:
                    if line["event"] == event:
                        return line
                self._said.clear()
                if self._reading.done():
                    raise AssertionError(f"it ended without saying {event}: {self.lines}")
                await asyncio.wait(
                    {self._reading, asyncio.ensure_future(self._said.wait())},
                    return_when=asyncio.FIRST_COMPLETED,
                )

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status."""
        self.process.send_signal(how)
        return await self.ended()

    async def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        await self.ended()

    async def ended(self) -> int:
        """Its exit status, when it has come to its end."""
        async with asyncio.timeout(DEADLINE):
            await self._reading
            return await self.process.wait()

    def read(self) -> None:
        """Begin to take what it says."""
        self._said = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.said += line
            self.lines.append(_read(line.decode()))
            self._said.set()

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"the system does not say {name}")


def _read(line: str) -> dict[str, Any]:
    """A line of the log; what is none (a traceback, say) is the worst there is."""
    try:
        read = json.loads(line)
    except json.JSONDecodeError:
        return {"event": line, "level": "critical"}
    assert isinstance(read, dict)
    return read


SERVE = ("-m", "ayon_proxy", "serve")


async def launched(
    *arguments: str,
    program: Sequence[str] = SERVE,
    before: Sequence[str] = (),
    **variables: str,
) -> asyncio.subprocess.Process:
    """`ayon-proxy serve` with these arguments and only these AYON variables, just begun.

    `program` is another for this interpreter, `before` a command that runs it in its own place.
    """
    clean = {name: value for name, value in os.environ.items() if "AYON" not in name.upper()}
    return await asyncio.create_subprocess_exec(
        *(*before, sys.executable, *program, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=clean | variables,
    )


@asynccontextmanager
async def proxy_process(
    upstream_url: str, data_dir: Path, **settings: object
) -> AsyncIterator[ProxyProcess]:
    """A proxy that listens; killed when the block ends. Settings are `storage__max_bytes=…`."""
    async with other_process(SERVE, (), upstream_url, data_dir, **settings) as proxy:
        yield proxy


@asynccontextmanager
async def other_process(
    program: Sequence[str],
    before: Sequence[str],
    upstream_url: str,
    data_dir: Path,
    **settings: object,
) -> AsyncIterator[ProxyProcess]:
    """The same with `program` and `before` as `launched` has them."""
    began = time.monotonic()
    process = await launched(
        *("--upstream", upstream_url, "--port", "0", "--data-dir", str(data_dir)),
        program=program,
        before=before,
        AYON_PROXY_LOG__FORMAT="json",
        **{f"AYON_PROXY_{name.upper()}": str(value) for name, value in settings.items()},
    )
    proxy = ProxyProcess(process)
    proxy.read()
    try:
        proxy.port = (await proxy.logged("listening"))["port"]
        proxy.started_in = time.monotonic() - began
        proxy.idle_bytes = proxy.resident_bytes
        yield proxy
    finally:
        if process.returncode is None:
            process.kill()
        await proxy.ended()
