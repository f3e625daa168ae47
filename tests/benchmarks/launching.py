"""Launchers that start, each on a connection of its own, as a process of their own.

`python -m tests.benchmarks.launching FILE`: the file holds a pickled `Plan`. It says what all of
it took, as JSON. It has to be quick beside what it measures: bytes that are not compared are
counted, and dropped by the system.
"""

from __future__ import annotations

import json
import pickle
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ayon_proxy.server import allow_open_files

AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Step:
    """A request, the status that it is answered with, and the name of the bytes, where known.

    `compared`: each of them; else only their number.
    """

    request: bytes
    status: int
    body: str | None
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What each launcher asks, one after the other; how many start at once; the right bytes."""

    port: int
    launchers: Sequence[Sequence[Step]]
    at_once: int
    bodies: dict[str, bytes]


class _Launcher:
    """One connection. `length` is None within a head."""

    def __init__(self, plan: Plan, steps: Sequence[Step]) -> None:
        self.connection = socket.create_connection(("127.0.0.1", plan.port))
        self._bodies = plan.bodies
        self._steps = iter(steps)
        self.ask()

    def ask(self) -> bool:
        """The next question; False where there is none."""
        step = next(self._steps, None)
        if step is None:
            return False
        self._step, self._head, self._received = step, b"", 0
        self._length: int | None = None
        self._body = self._bodies.get(step.body or "")
        self.connection.sendall(step.request)
        return True

    def take(self, buffer: bytearray) -> bool:
        """What has come; False when the launcher is up. Raises ValueError for a wrong answer."""
        if self._length is None:
            self._take_head()
        else:
            size = min(AT_ONCE, self._length - self._received)
            flags = 0 if self._step.compared else socket.MSG_TRUNC
            count = self.connection.recv_into(buffer, size, flags)
            if not count:
                raise self._wrong("the connection ended")
            if self._step.compared:
                self._compare(bytes(memoryview(buffer)[:count]))
            self._received += count
        return self._received != self._length or self.ask()

    def _take_head(self) -> None:
        more = self.connection.recv(4096)
        self._head += more
        head, mark, rest = self._head.partition(b"\r\n\r\n")
        if not more:
            raise self._wrong("the connection ended")
        if not mark:
            return
        line, *lines = head.lower().split(b"\r\n")
        if int(line.split(b" ")[1]) != self._step.status:
            raise self._wrong(line.decode())
        self._length = int(dict(each.split(b": ", 1) for each in lines)[b"content-length"])
        if self._body is not None and self._length != len(self._body):
            raise self._wrong("another length")
        self._compare(rest)
        self._received = len(rest)

    def _compare(self, data: bytes) -> None:
        if self._body is not None and not self._body.startswith(data, self._received):
            raise self._wrong("other bytes")

    def _wrong(self, how: str) -> ValueError:
        return ValueError(f"{self._step.request.split(b' HTTP', 1)[0].decode()}: {how}")


def main(plan: Plan) -> None:
    """Let them start, and say how long that took."""
    waiting = iter(plan.launchers)
    selector = selectors.DefaultSelector()
    buffer = bytearray(AT_ONCE)
    running = 0
    began = time.monotonic()

    def launch() -> int:
        steps = next(waiting, None)
        if steps is None:
            return 0
        launcher = _Launcher(plan, steps)
        selector.register(launcher.connection, selectors.EVENT_READ, launcher)
        return 1

    for _ in range(plan.at_once):
        running += launch()
    while running:
        for key, _ in selector.select():
            launcher: _Launcher = key.data
            if not launcher.take(buffer):
                selector.unregister(launcher.connection)
                launcher.connection.close()
                running += launch() - 1
    print(json.dumps({"all": time.monotonic() - began}))


if __name__ == "__main__":
    allow_open_files()
    main(pickle.loads(Path(sys.argv[1]).read_bytes()))
