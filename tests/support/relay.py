"""A proxy between a raw server and raw clients, in a thread of its own: bytes in, bytes out.

The test is synchronous and sees the bytes on both sides. One proxy serves a whole module of tests.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

from ayon_proxy.policy.message import Fields
from tests.support.raw_server import Connection, RawServer, Received
from tests.support.running_proxy import running_proxy

DEADLINE = 5.0

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

INFO = OK[:-2].replace(b"\r\n\r\n", b"\r\nContent-Type: application/json\r\n\r\n") + b"{}"
"""What the proxy's probes are answered, always."""

PASSED = b"/api/events/0"
"""A path that is always passed on."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A response as the client got it; `body` is without its framing."""

    status: int
    fields: Fields
    body: bytes
    version: bytes = b"HTTP/1.1"

    def values(self, name: bytes) -> list[bytes]:
        """All values of a field, in order."""
        return [value for field, value in self.fields if field.lower() == name]


class Client:
    """The client's end of one connection. Raises ConnectionResetError where it is reset."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self._read = bytearray()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self, method: bytes = b"GET") -> Answered:
        """Read a response. Raises EOFError when it ends before its end."""
        head = self.until(b"\r\n\r\n")
        line, *lines = head.split(b"\r\n")[:-2]
        version, status, _ = line.split(b" ", 2)
        pairs = (field.split(b":", 1) for field in lines)
        answered = Answered(
            int(status), tuple((name, value.strip()) for name, value in pairs), b"", version
        )
        body = self._body(answered, method)
        return Answered(answered.status, answered.fields, body, version)

    def until(self, mark: bytes) -> bytes:
        """All bytes up to a mark, the mark included."""
        while (end := self._read.find(mark)) < 0:
            self._more()
        return self._taken(end + len(mark))

    def rest(self) -> bytes:
        """All bytes until the connection ends in order."""
        while data := self.socket.recv(1 << 16):
            self._read += data
        return self._taken(len(self._read))

    def close(self) -> None:
        self.socket.close()

    def _body(self, answered: Answered, method: bytes) -> bytes:
        if method == b"HEAD" or answered.status < 200 or answered.status in (204, 304):
            return b""
        if answered.values(b"transfer-encoding"):
            return self._chunks()
        length = answered.values(b"content-length")
        return self._exactly(int(length[0])) if length else self.rest()

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            body += self._exactly(size + 2)[:-2]
        self.until(b"\r\n")
        return body

    def _exactly(self, size: int) -> bytes:
        while len(self._read) < size:
            self._more()
        return self._taken(size)

    def _more(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError
        self._read += data

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._read[:size])
        del self._read[:size]
        return taken


@dataclass
class Relay:
    """`answer` is what upstream says to every request, `close` whether it then hangs up."""

    port: int = 0
    upstream_port: int = 0
    answer: bytes = OK
    close: bool = False
    received: Queue[Received] = field(default_factory=Queue)

    def reset(self) -> None:
        """As it was at first, for the next test."""
        self.answer, self.close, self.received = OK, False, Queue()

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A new connection to the proxy."""
        client = Client(self.port)
        try:
            yield client
        finally:
            client.close()

    def exchange(self, request: bytes, method: bytes = b"GET") -> Answered:
        """Send a request over a new connection, and the answer to it."""
        with self.client() as client:
            client.send(request)
            return client.answer(method)

    def sent(self, request: bytes, method: bytes = b"GET") -> Received:
        """What upstream gets of a request that it answers with success."""
        assert self.exchange(request, method).status < 400
        return self.received.get(timeout=DEADLINE)

    async def script(self, connection: Connection) -> None:
        """Upstream's side."""
        while True:
            request = await connection.request()
            if is_probe(request):
                await connection.send(INFO)
                continue
            if not request.target.startswith(b"/api/users/me"):  # the proxy's own question
                self.received.put(request)  # only now: each test has its own queue
            await connection.send(self.answer)
            if self.close:
                return


def is_probe(request: Received) -> bool:
    """Whether the proxy looks whether upstream is there: no client names so little."""
    return request.target == b"/api/info" and {name.lower() for name, _ in request.fields} == {
        b"host",
        b"accept",
    }


@contextmanager
def relaying(data_dir: Path, server: Mapping[str, object] | None = None) -> Iterator[Relay]:
    """A running relay. `server` are settings of that section."""
    relay = Relay()
    up = threading.Event()
    loop = asyncio.new_event_loop()
    leave = asyncio.Event()

    async def run() -> None:
        upstream = RawServer(relay.script)
        listening = await upstream.run()
        try:
            async with running_proxy(upstream.url, data_dir, server=server or {}) as proxy:
                relay.port, relay.upstream_port = proxy.port, upstream.port
                up.set()
                await leave.wait()
        finally:
            listening.close()
            upstream.stop()
            await asyncio.sleep(0)  # its connections see that they are cancelled

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert up.wait(DEADLINE)
        yield relay
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join(DEADLINE)
        loop.close()


def request(
    method: bytes = b"GET", target: bytes = PASSED, *lines: bytes, body: bytes = b""
) -> bytes:
    """A request's bytes; `lines` are whole header lines without their ends."""
    sized = [b"Content-Length: %d" % len(body)] if body else []
    return b"\r\n".join(
        [method + b" " + target + b" HTTP/1.1", b"Host: proxy", *lines, *sized, b"", body]
    )


def answer(status: int = 200, *lines: bytes, body: bytes = b"", length: bool = True) -> bytes:
    """A response's bytes."""
    sized = [b"Content-Length: %d" % len(body)] if length else []
    return b"\r\n".join([b"HTTP/1.1 %d X" % status, *lines, *sized, b"", body])


def chunked(*chunks: bytes, trailers: bytes = b"", end: bool = True) -> bytes:
    """A body in the chunked coding; without `end` it breaks off."""
    coded = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return coded + (b"0\r\n" + trailers + b"\r\n" if end else b"")


def lower_case(fields: Fields) -> Fields:
    """The fields with their names in lower case, as they compare."""
    return tuple((name.lower(), value) for name, value in fields)


def is_uvicorns(record: str) -> bool:
    """Whether a log line is one with which uvicorn reports an application that failed."""
    return re.search(r"ASGI|Traceback", record) is not None
