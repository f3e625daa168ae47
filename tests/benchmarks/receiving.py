"""A load generator for large bodies, as a process of its own: it counts their bytes and lets the
system drop them. One that copied them would have no time left beside a server that does not.

`python -m tests.benchmarks.receiving PORT CONNECTIONS SECONDS FILE`: the file holds the request.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.figures import percentile
from tests.benchmarks.load import Taken, taken
from tests.benchmarks.questions import Question
from tests.benchmarks.servers import Serving

AT_ONCE = 4 << 20


async def asked(
    question: Question, serving: Serving, folder: Path, connections: int, seconds: int
) -> Taken:
    """One round (`load.Asking`)."""
    file = folder / "request"
    file.write_bytes(question.as_sent())
    numbers = (str(each) for each in (serving.port, connections, seconds))
    command = (sys.executable, "-m", __name__, *numbers, str(file))
    return await taken(command, serving)


@dataclass(repr=False)
class _Client:
    """One connection: it asks when it has been answered. `to_come` is None within a head."""

    connection: socket.socket
    request: bytes
    head: bytes = b""
    to_come: int | None = None
    began: float = 0.0
    took: list[float] = field(default_factory=list)
    received: int = 0

    def ask(self) -> None:
        self.began, self.head, self.to_come = time.monotonic(), b"", None
        self.connection.sendall(self.request)  # so short that there is room for it

    def take(self, dropped: bytearray) -> None:
        """What has come. Raises ValueError for an answer that is not 200, or breaks off."""
        if self.to_come is None:
            more = self.connection.recv(4096)
            self.head += more
            head, mark, rest = self.head.partition(b"\r\n\r\n")
            if mark:
                self.to_come = _length(head) - len(rest)
        else:
            size = min(self.to_come, len(dropped))
            count = self.connection.recv_into(dropped, size, socket.MSG_TRUNC)
            self.to_come -= count
            self.received += count
            more = b"more" if count else b""
        if not more:
            raise ValueError("the connection ended")
        if self.to_come == 0:
            self.took.append(time.monotonic() - self.began)
            self.ask()


def _length(head: bytes) -> int:
    line, *lines = head.lower().split(b"\r\n")
    if b" 200 " not in line:
        raise ValueError(line.decode())
    return int(dict(each.split(b": ", 1) for each in lines)[b"content-length"])


def main(port: int, connections: int, seconds: int, request: bytes) -> None:
    """Ask until the time is over, and say what came."""
    selector = selectors.DefaultSelector()
    clients = [
        _Client(socket.create_connection(("127.0.0.1", port)), request) for _ in range(connections)
    ]
    dropped = bytearray(AT_ONCE)
    began = time.monotonic()
    for client in clients:
        selector.register(client.connection, selectors.EVENT_READ, client)
        client.ask()
    while (passed := time.monotonic() - began) < seconds:
        for key, _ in selector.select(seconds - passed):
            key.data.take(dropped)
    took = [each for client in clients for each in client.took] or [passed]
    said = {
        "requests": len(took),
        "bytes": sum(client.received for client in clients),
        "us": passed * 1e6,
        "p50": percentile(took, 0.5) * 1e6,
        "p99": percentile(took, 0.99) * 1e6,
        "failed": 0,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    _port, _connections, _seconds, _file = sys.argv[1:]
    main(int(_port), int(_connections), int(_seconds), Path(_file).read_bytes())
