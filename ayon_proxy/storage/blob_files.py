"""Where blobs lie, and the order in which their files come and go. Blocking; run in threads.

    blobs/VERSION           the form of this tree
    blobs/ab/cdef…          a blob under the hexadecimal SHA-256 of its bytes
    staging/…               bodies on their way in, of this process or of one that crashed

A digest is *held* from its commit until the staged blob is closed, by when the row that refers to
it has been stored: meanwhile it is no orphan, though nothing refers to it yet.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from ayon_proxy.errors import CannotStart
from ayon_proxy.storage.failures import reason
from ayon_proxy.storage.open_file import OpenFile
from ayon_proxy.storage.whole_file import write_whole

VERSION = "1"

_SHARD = re.compile(r"[0-9a-f]{2}")
_REST = re.compile(r"[0-9a-f]{62}")


class BlobFiles:
    """The two directories below `root`. Raises CannotStart when they are of another form."""

    def __init__(self, root: Path) -> None:
        self._blobs = root / "blobs"
        self._staging = root / "staging"
        self._lock = threading.Lock()
        self._held: Counter[bytes] = Counter()
        self._on_their_way: set[str] = set()
        try:
            self._prepare()
        except OSError as error:
            raise CannotStart(f"{self._blobs} can't be used: {reason(error)}.") from error

    def staged_path(self) -> Path:
        """A new name in `staging/`, spared by `drop_abandoned` until `drop` or `adopt`."""
        path = self._staging / secrets.token_hex(16)
        self._on_their_way.add(path.name)
        return path

    def adopt(self, staged: Path, digest: bytes, size: int) -> None:
        """Make a staged file, which has been synced, the blob of that digest, and hold it.

        Where there is one already it stays, unless the disk has lost a part of it.
        """
        target = self._path(digest)
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_directory(self._blobs)
        with self._lock:
            self._held[digest] += 1
        try:
            if _size(target) == size:
                staged.unlink(missing_ok=True)
            else:
                staged.rename(target)
            _sync_directory(target.parent)
        except OSError:
            self.release(digest)
            raise
        self._on_their_way.discard(staged.name)

    def release(self, digest: bytes) -> None:
        """The row that refers to it is stored, or will never be."""
        with self._lock:
            self._held[digest] -= 1
            if not self._held[digest]:
                del self._held[digest]

    def drop(self, staged: Path) -> None:
        """Remove a staged file that will not become a blob."""
        staged.unlink(missing_ok=True)
        self._on_their_way.discard(staged.name)

    def open(self, digest: bytes, file: OpenFile) -> int | None:
        """Open a blob as `file`; its size in bytes, or None when there is no such blob."""
        try:
            return file.open(self._path(digest), os.O_RDONLY)
        except FileNotFoundError:
            return None

    def delete(self, digests: Collection[bytes]) -> None:
        """Remove blobs, the held ones excepted."""
        for digest in digests:
            with self._lock:
                if digest not in self._held:
                    self._path(digest).unlink(missing_ok=True)

    def held(self) -> set[bytes]:
        """Digests whose row may be on its way."""
        with self._lock:
            return set(self._held)

    def digests(self) -> Iterator[bytes]:
        """All blobs there are."""
        for shard in self._blobs.iterdir():
            if _SHARD.fullmatch(shard.name):
                for rest in shard.iterdir():
                    if _REST.fullmatch(rest.name):
                        yield bytes.fromhex(shard.name + rest.name)

    def drop_abandoned(self) -> None:
        """Remove what an earlier process was staging when it ended."""
        for path in self._staging.iterdir():
            if path.name not in self._on_their_way:
                path.unlink(missing_ok=True)

    def _prepare(self) -> None:
        for directory in (self._blobs, self._staging):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        version = self._blobs / "VERSION"
        if not version.exists():
            write_whole(version, f"{VERSION}\n".encode())
        found = version.read_text().strip()
        if found != VERSION:
            raise CannotStart(
                f"{self._blobs} was made by another ayon-proxy (its form is {found or 'not said'}, "
                f"this one's is {VERSION}): start that version, or name another data directory."
            )

    def _path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._blobs / name[:2] / name[2:]


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
