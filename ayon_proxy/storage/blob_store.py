"""BlobStore in files. Every touch of the disk happens in a thread."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.blob_files import BlobFiles
from ayon_proxy.storage.failures import storage_failures
from ayon_proxy.storage.open_file import OpenFile
from ayon_proxy.storage.staged_blob import FileStagedBlob, InThread, quietly

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
        blob = FileBlob(self._in_thread, partial(self._left, digest))
        self._reading[digest] += 1
        size: int | None = None
        try:
            size = await self._in_thread(self._files.open, digest, blob.file)
        finally:
            if size is None:
                await blob.aclose()
        if size is None:
            return None
        blob.size = size
        return blob

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
        return sum(staged.taken for staged in self._staged if staged.on_its_way)

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

    def __init__(self, in_thread: InThread, left: Callable[[], None]) -> None:
        self.file = OpenFile()
        self.size = 0
        self._in_thread = in_thread
        self._left = left
        self._open = True

    async def read(self, start: int, size: int) -> bytes:
        return await self._in_thread(self.file.read, start, size)

    def descriptor(self) -> AbstractContextManager[int]:
        return self.file.descriptor()

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._left()
            # The last one to close a deleted file waits until its space is free.
            await quietly(self._in_thread, self.file.close)
