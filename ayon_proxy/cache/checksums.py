"""Checksums that upstream lists for its packages and installers.

The lists hold filename, size, checksum and its algorithm for each (upstream/server.md 5.3). A file
that does not agree is never stored, nor is one whose list can't be read just now; where nothing is
listed for it there is nothing to compare.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson

from ayon_proxy.cache.ports import StagedBlob
from ayon_proxy.errors import ProxyError
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.query import is_credential, pairs

ALGORITHMS = ("md5", "sha1", "sha256")

READ_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list says of one file. `checksum` in hexadecimal."""

    algorithm: str
    checksum: str


class Unlisted(ProxyError):
    """The list could not be read, so nobody knows what it says."""


class ListedChecksums:
    """Asks for the lists with the credential of the one who asked for the file."""

    def __init__(self, read: Callable[[Request], Awaitable[bytes | None]]) -> None:
        self._read = read

    async def listed(self, request: Request, list_path: str) -> Listed | None:
        """What upstream lists for the file that `request` asks for. Raises Unlisted."""
        caller = b"&".join(pair for name, pair in pairs(request.query) if is_credential(name))
        content = await self._read(Request("GET", list_path.encode(), caller, request.fields))
        filename = unquote_to_bytes(request.path.rpartition(b"/")[2]).decode(errors="replace")
        return _find(filename, _entries(content))


async def agrees(listed: Listed, body: bytes | StagedBlob) -> bool:
    """Whether the bytes have the listed checksum. Raises StorageFailed."""
    digest = hashlib.new(listed.algorithm, usedforsecurity=False)
    if isinstance(body, bytes):
        digest.update(body)
    else:
        position = 0
        while piece := await body.read(position, READ_BYTES):
            await asyncio.to_thread(digest.update, piece)
            position += len(piece)
    return digest.hexdigest() == listed.checksum


def _entries(content: bytes | None) -> Iterable[Any]:
    """The list, in whichever of upstream's forms: `{"packages": […]}` or `{"installers": […]}`."""
    try:
        lists = orjson.loads(content or b"")
    except orjson.JSONDecodeError as error:
        raise Unlisted("The list of checksums could not be read.") from error
    members = lists.values() if isinstance(lists, dict) else ()
    return [entry for members in members if isinstance(members, list) for entry in members]


def _find(filename: str, entries: Iterable[Any]) -> Listed | None:
    for entry in entries:
        if isinstance(entry, dict) and entry.get("filename") == filename:
            algorithm, checksum = entry.get("checksumAlgorithm"), entry.get("checksum")
            if isinstance(checksum, str) and checksum and algorithm in ALGORITHMS:
                return Listed(algorithm, checksum.strip().lower())
    return None
