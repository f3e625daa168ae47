"""Large bodies as files in memory, so that the kernel gives their pages to a socket as they are.

A body of 500 KB that is written is copied into the socket and copied out of it. Sent from a file it
is copied once, as by nginx. Linux alone has such files (memfd_create); elsewhere, and where TLS has
to see each byte, bodies are written.
"""

from __future__ import annotations

import os
from collections import OrderedDict

LEAST_BYTES = 64 * 1024
"""Below that a copy costs less than the second call."""

MOST_FILES = 256
"""Each is an open file, of which connections need one, too."""


class MemoryFiles:
    """Bodies sent last; `most_bytes` are what they may take together."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes if hasattr(os, "memfd_create") else 0
        self._files: OrderedDict[int, tuple[bytes, int]] = OrderedDict()
        self.bytes = 0

    def send(self, descriptor: int, head: bytes, body: bytes) -> int:
        """Give an idle socket what it takes at once of both; how many bytes that was.

        Nothing of what goes wrong is told here: whoever writes the rest will see it as well.
        """
        file = self._file(body)
        if file is None:
            return 0
        sent = 0
        try:
            sent = os.write(descriptor, head)
            while 0 <= sent - len(head) < len(body):
                start = sent - len(head)
                taken = os.sendfile(descriptor, file, start, len(body) - start)
                if not taken:
                    break
                sent += taken
        except OSError:
            pass
        return sent

    def _file(self, body: bytes) -> int | None:
        """Its file, made when it is sent first. The body is held as long: its identity is the
        key."""
        held = self._files.get(id(body))
        if held is not None:
            self._files.move_to_end(id(body))
            return held[1]
        if not LEAST_BYTES <= len(body) <= self._most_bytes:
            return None
        try:
            file = os.memfd_create("body")
        except OSError:
            return None
        self._files[id(body)] = body, file
        self.bytes += len(body)
        while self.bytes > self._most_bytes or len(self._files) > MOST_FILES:
            self._drop()
        try:
            if os.write(file, body) == len(body):
                return file
        except OSError:
            pass
        self._files.move_to_end(id(body), last=False)
        self._drop()
        return None

    def _drop(self) -> None:
        _, (body, file) = self._files.popitem(last=False)
        self.bytes -= len(body)
        os.close(file)

    def close(self) -> None:
        """Give all of them back."""
        while self._files:
            self._drop()
