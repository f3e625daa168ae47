"""Bodies that are sent from files in memory.

Broken once: the rest sent from the beginning again, a file that is never closed, a body that is
held by no one while its identity is remembered.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayon_proxy.web.memory_files import LEAST_BYTES, MOST_FILES, MemoryFiles

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="Linux has such files")

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


@pytest.fixture
def files() -> Iterator[MemoryFiles]:
    files = MemoryFiles(4 * LEAST_BYTES)
    yield files
    files.close()


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def body(mark: int, size: int = LEAST_BYTES) -> bytes:
    return bytes([mark]) * (size // 2) + os.urandom(size - size // 2)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def received(theirs: socket.socket, size: int) -> bytes:
    return theirs.recv(size, socket.MSG_WAITALL)


def test_what_was_taken_is_the_beginning(
    files: MemoryFiles, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LEAST_BYTES)
    content = body(1, 4 * LEAST_BYTES)
    for _ in range(3):
        sent = files.send(ours.fileno(), HEAD, content)
        assert len(HEAD) < sent < len(HEAD) + len(content)
        assert received(theirs, sent) == (HEAD + content)[:sent]


def test_a_full_socket_takes_nothing(
    files: MemoryFiles, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, _ = ends
    content = body(1, 4 * LEAST_BYTES)
    while files.send(ours.fileno(), HEAD, content):
        pass
    assert files.send(ours.fileno(), HEAD, content) == 0


def test_so_does_one_whose_reader_is_gone(
    files: MemoryFiles, ends: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = ends
    theirs.close()
    assert files.send(ours.fileno(), HEAD, body(1)) == 0


@pytest.mark.parametrize("size", [LEAST_BYTES - 1, 4 * LEAST_BYTES + 1])
def test_small_ones_and_too_large_ones_are_left_to_be_written(
    files: MemoryFiles, ends: tuple[socket.socket, socket.socket], size: int
) -> None:
    assert files.send(ends[0].fileno(), HEAD, body(1, size)) == 0
    assert files.bytes == 0


def test_they_are_bounded_and_given_back(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    before = open_files()
    for files, most in ((MemoryFiles(4 * LEAST_BYTES), 4), (MemoryFiles(1 << 40), MOST_FILES)):
        for number in range(most + 3):
            content = body(number % 251)
            sent = files.send(ours.fileno(), HEAD, content)
            assert received(theirs, sent) == (HEAD + content)[:sent]
            assert open_files() - before <= most
        assert files.bytes == most * LEAST_BYTES
        files.close()
        assert open_files() == before
