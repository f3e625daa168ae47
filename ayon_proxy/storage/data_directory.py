"""The directory that holds everything of an installation, and the lock that makes it ours.

lock              held while a proxy runs on the directory; its process id is in it
index.sqlite      responses, tags, facts; beside it what SQLite keeps there, and the log ahead of it
blobs/ staging/   bodies
secret.key        32 random bytes: credentials are known by an HMAC with it, never by themselves
operator.token    what an operator shows to purge without an AYON credential
"""

from __future__ import annotations

import os
import secrets
from errno import ENOTDIR
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from ayon_proxy.errors import CannotStart
from ayon_proxy.storage.failures import reason
from ayon_proxy.storage.whole_file import write_whole

SECRET_KEY_BYTES = 32


class DataDirectory:
    """An open data directory: locked, writable, with its secrets. Make it with `open`."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self.database = path / "index.sqlite"
        self._lock = lock
        self.secret_key = _secret(path / "secret.key", secrets.token_bytes(SECRET_KEY_BYTES))
        token = _secret(path / "operator.token", secrets.token_urlsafe(32).encode() + b"\n")
        self.operator_token = token.decode("latin-1").strip()
        if len(self.secret_key) != SECRET_KEY_BYTES or not self.operator_token:
            raise CannotStart(
                f"The secrets in {path} are damaged: remove secret.key and operator.token, and new "
                "ones will be made."
            )

    @classmethod
    def open(cls, path: Path) -> Self:
        """Create the directory where there is none, with mode 0700, and lock it.

        Raises CannotStart when it can't be used, or another process uses it.
        """
        try:
            if path.exists() and not path.is_dir():
                raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR))
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = _locked(path)
            try:
                return cls(path, lock)
            except BaseException:
                lock.release()
                raise
        except OSError as error:
            sentence = f"The data directory {path} can't be used: {reason(error)}."
            raise CannotStart(sentence) from error

    def close(self) -> None:
        """Let another process have it. Harmless when repeated."""
        self._lock.release()


def _locked(path: Path) -> FileLock:
    file = path / "lock"
    # Only flock, which ends with its process however that ends; a soft lock would outlive it.
    lock = FileLock(file, mode=0o600, timeout=0, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise CannotStart(
            f"The data directory {path} is in use by another ayon-proxy{_holder(file)}: stop that "
            "one, or name another directory."
        ) from None
    file.write_text(f"{os.getpid()}\n")
    return lock


def _holder(file: Path) -> str:
    try:
        process_id = file.read_text().strip()
    except OSError:
        return ""
    return f" (process {process_id})" if process_id.isdigit() else ""


def _secret(file: Path, fresh: bytes) -> bytes:
    """What the file holds; `fresh`, written whole or not at all, where there is no file."""
    try:
        known = file.read_bytes()
    except FileNotFoundError:
        write_whole(file, fresh)
        return fresh
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    return known
