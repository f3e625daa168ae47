"""BlobStore in files. Every touch of the disk happens in a thread."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.blob_files import BlobFiles
from ayon_proxy.storage.failures import storage_failures
from ayon_proxy.storage.open_file import OpenFile
from ayon_proxy.storage.staged_blob import FileStagedBlob, InThread

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 4


class FileBlobStore:
    """The `BlobStore` port over a directory. Raises CannotStart when it is of another form."""

    def __init__(self, root: Path) -> None:
        self._files = BlobFiles(root)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="blobs")
        self._staged: set[FileStagedBlob] = set()
        self._reading: Counter[bytes] = Counter()

    async def stage(self) -> FileStagedBlob:
        staged = FileStagedBlob(self._files, self._in_thread, self._staged.discard)
        self._staged.add(staged)
        return await staged.create()

    async def open(self, digest: bytes) -> FileBlob | None:
        self._reading[digest] += 1
        try:
            found = await self._in_thread(self._files.open, digest)
        except BaseException:
            self._left(digest)
            raise
        if found is None:
            self._left(digest)
            return None
        file, size = found
        return FileBlob(file, size, self._in_thread, partial(self._left, digest))

    async def delete(self, digests: Collection[bytes]) -> None:
        await self._in_thread(self._files.delete, digests)

    async def digests(self) -> set[bytes]:
        return await self._in_thread(lambda: set(self._files.digests()))

    async def drop_abandoned(self) -> None:
        await self._in_thread(self._files.drop_abandoned)

    @property
    def reading(self) -> Collection[bytes]:
        return self._files.held().union(self._reading)

    @property
    def staged_bytes(self) -> int:
        return sum(staged.written for staged in self._staged if staged.on_its_way)

    async def aclose(self) -> None:
        """Wait for what is under way. Open blobs stay readable to nobody."""
        await asyncio.to_thread(self._threads.shutdown)

    async def _in_thread(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(function, *args, **kwargs)
        with storage_failures("the blob store failed"):
            try:
                result = asyncio.get_running_loop().run_in_executor(self._threads, call)
            except RuntimeError as error:  # the pool takes no more work
                raise StorageFailed("the blob store is closed") from error
            # Cancelling who waits must not keep a file from being closed.
            return await asyncio.shield(result)

    def _left(self, digest: bytes) -> None:
        self._reading[digest] -= 1
        if not self._reading[digest]:
            del self._reading[digest]


class FileBlob:
    """The `Blob` port over an open file."""

    def __init__(
        self, file: OpenFile, size: int, in_thread: InThread, left: Callable[[], None]
    ) -> None:
        self._file = file
        self._size = size
        self._in_thread = in_thread
        self._left = left
        self._open = True

    @property
    def size(self) -> int:
        return self._size

    async def read(self, start: int, size: int) -> bytes:
        return await self._in_thread(self._file.read, start, size)

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._left()
            self._file.close()
