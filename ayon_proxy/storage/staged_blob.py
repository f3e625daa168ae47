"""A body on its way into the blob store."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import Enum, auto
from typing import ParamSpec, Protocol, Self, TypeVar

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.blob_files import BlobFiles
from ayon_proxy.storage.open_file import OpenFile

P = ParamSpec("P")
T = TypeVar("T")


class InThread(Protocol):
    """Runs a blocking function in a thread of the store. Raises StorageFailed."""

    async def __call__(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T: ...


async def quietly(in_thread: InThread, function: Callable[[], None]) -> None:
    """For what must not raise. A file that can't be removed is removed at the next start."""
    with suppress(StorageFailed):
        await in_thread(function)


class _State(Enum):
    GROWING = auto()
    BROKEN = auto()
    COMMITTED = auto()
    DISCARDED = auto()


class FileStagedBlob:
    """The `StagedBlob` port over a file in `staging/`.

    A write or commit that is cancelled goes on in its thread. The lock makes whatever comes after
    wait for it, so that a blob is committed with all it was given or not at all.
    """

    def __init__(
        self,
        files: BlobFiles,
        in_thread: InThread,
        closed: Callable[[FileStagedBlob], None],
    ) -> None:
        self._files = files
        self._path = files.staged_path()
        self._in_thread = in_thread
        self._closed = closed
        self._file = OpenFile()
        self._digest = hashlib.sha256()
        self._state = _State.GROWING
        self._open = True
        self._lock = threading.Lock()
        self._written = 0
        self._ahead = 0

    async def create(self) -> Self:
        """Make the file. When it fails or is cancelled, nothing is left. Raises StorageFailed."""
        try:
            await self._in_thread(self._create)
        except BaseException:
            await self.aclose()
            raise
        return self

    @property
    def written(self) -> int:
        return self._written

    @property
    def taken(self) -> int:
        """Bytes of the disk."""
        return self._written + self._ahead

    @property
    def on_its_way(self) -> bool:
        """Not a blob yet, but taking its space."""
        return self._state is not _State.COMMITTED

    async def write(self, chunk: bytes) -> None:
        await self._in_thread(self._append, chunk)

    async def write_ahead(self, start: int, chunk: bytes) -> None:
        await self._in_thread(self._put_ahead, start, chunk)

    async def take_up(self, size: int) -> None:
        await self._in_thread(self._append_ahead, size)

    async def read(self, start: int, size: int) -> bytes:
        return await self._in_thread(self._slice, start, min(size, self._written - start))

    def descriptor(self) -> AbstractContextManager[int]:
        return self._file.descriptor()

    async def commit(self) -> bytes:
        return await self._in_thread(self._make_durable)

    async def discard(self) -> None:
        await quietly(self._in_thread, self._drop)

    async def aclose(self) -> None:
        self._closed(self)
        await quietly(self._in_thread, self._close)

    def _create(self) -> None:
        with self._lock:
            self._expect_growing()
            self._file.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL)

    def _slice(self, start: int, size: int) -> bytes:
        return self._file.read(start, size) if size > 0 else b""

    def _append(self, chunk: bytes) -> None:
        with self._lock:
            self._expect_growing()
            with self._broken_by_failure():
                self._file.write(chunk, self._written)
            self._digest.update(chunk)
            self._written += len(chunk)

    def _put_ahead(self, start: int, chunk: bytes) -> None:
        with self._lock:
            self._expect_growing()
            with self._broken_by_failure():
                self._file.write(chunk, start)
            self._ahead += len(chunk)

    def _append_ahead(self, size: int) -> None:
        with self._lock:
            self._expect_growing()
            with self._broken_by_failure():
                chunk = self._file.read(self._written, size)
                if len(chunk) != size:
                    raise StorageFailed("what was written ahead is not there")
            self._digest.update(chunk)
            self._written += size
            self._ahead -= size

    @contextmanager
    def _broken_by_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._state = _State.BROKEN
            raise

    def _make_durable(self) -> bytes:
        with self._lock:
            self._expect_growing()
            self._file.sync()
            digest = self._digest.digest()
            self._files.adopt(self._path, digest, self._written)
            self._state = _State.COMMITTED
            return digest

    def _drop(self) -> None:
        with self._lock:
            if self._state in {_State.GROWING, _State.BROKEN}:
                self._state = _State.DISCARDED
                self._files.drop(self._path)

    def _close(self) -> None:
        try:
            self._drop()
        finally:
            with self._lock:
                if self._open and self._state is _State.COMMITTED:
                    self._files.release(self._digest.digest())
                self._open = False
                self._file.close()

    def _expect_growing(self) -> None:
        if self._state is not _State.GROWING or not self._open:
            raise StorageFailed("the staged body takes no more bytes")
