"""Looks for secrets in whatever a program leaves behind, in every form that bytes take.

Content is taken apart first (archives unpacked, percent and JSON escapes undone, rows of databases
read, again and again while something comes out), then searched for what the secret looks like when
it is encoded, turned round, cut in half or hashed.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import unquote_to_bytes

DIGESTS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "blake2b", "blake2s")
HALVES_FROM = 24
"""Bytes. Half of a shorter secret could stand anywhere by chance."""
BEGINNING = 8
"""Bytes of a needle by which it is found."""
SHOWN = 40
"""Characters of a file's name: a longer one may hold a secret."""
DEPTH = 4
UNPACKED_BYTES = 4 * 1024 * 1024

_GZIP = re.compile(rb"\x1f\x8b\x08")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_JSON_ESCAPE = re.compile(rb'\\+(?:u00([0-9a-fA-F]{2})|x([0-9a-fA-F]{2})|(["/]))')


def forms(secret: bytes) -> dict[str, bytes]:
    """Name of a form → the bytes that betray the secret in it."""
    found = {"plain": secret, "reversed": secret[::-1]} | dict(_spelled("", secret))
    for coding in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        found[coding] = secret.decode("latin-1").encode(coding)
    if len(secret) >= HALVES_FROM:
        middle = len(secret) // 2
        found |= {"first half": secret[:middle], "second half": secret[middle:]}
    for name in DIGESTS:
        digest = hashlib.new(name, secret, usedforsecurity=False).digest()
        found |= {f"{name} raw": digest} | dict(_spelled(f"{name} ", digest))
    return found


def _spelled(prefix: str, value: bytes) -> Iterator[tuple[str, bytes]]:
    """As hexadecimal, and as base64 at each of the three places where it can begin."""
    yield f"{prefix}hex", value.hex().encode()
    yield f"{prefix}HEX", value.hex().upper().encode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + value)
        # Characters that depend on what stands before or after are left out.
        sure = whole[(before * 8 + 5) // 6 : (before + len(value)) * 8 // 6]
        yield f"{prefix}base64 at {before}", sure
        yield f"{prefix}urlsafe base64 at {before}", sure.translate(_URLSAFE)


_URLSAFE = bytes.maketrans(b"+/", b"-_")


class Search:
    """For these secrets, by name."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        self._needles: defaultdict[bytes, list[tuple[str, str, bytes]]] = defaultdict(list)
        for name, secret in secrets.items():
            for form, needle in forms(secret).items():
                assert len(needle) >= BEGINNING, f"{name} is too short to be told from chance"
                self._needles[needle[:BEGINNING]].append((name, form, needle))
        self._searched: set[bytes] = set()

    def findings(self, places: Iterable[tuple[str, bytes]]) -> list[str]:
        """A line for each secret, form and place; never the secret itself."""
        found = []
        for place, content in places:
            for how, layer in layers(content):
                digest = hashlib.sha256(layer).digest()
                if digest in self._searched:
                    continue
                self._searched.add(digest)
                lines = [f"{name} ({form}) in {place}{how}" for name, form in self._in(layer)]
                found += lines
                if lines:
                    self._searched.discard(digest)
        return found

    def _in(self, content: bytes) -> Iterator[tuple[str, str]]:
        """One pass for thousands of needles: which of their beginnings stand in it at all?"""
        windows = (content[at : at + BEGINNING] for at in range(len(content) - BEGINNING + 1))
        for beginning in self._needles.keys() & set(windows):
            for name, form, needle in self._needles[beginning]:
                if needle in content:
                    yield name, form


def layers(content: bytes, how: str = "", depth: int = DEPTH) -> Iterator[tuple[str, bytes]]:
    """The content, and what comes out of it."""
    yield how, content
    if not depth:
        return
    for unpacked in _unpacked(content):
        yield from layers(unpacked, f"{how}, unpacked", depth - 1)
    if b"%" in content and (decoded := unquote_to_bytes(content)) != content:
        yield from layers(decoded, f"{how}, percent-decoded", depth - 1)
    if b"\\" in content and (plain := _JSON_ESCAPE.sub(_unescaped, content)) != content:
        yield from layers(plain, f"{how}, unescaped", depth - 1)


def _unescaped(escape: re.Match[bytes]) -> bytes:
    code = escape[1] or escape[2]
    return escape[3] if code is None else bytes((int(code, 16),))


def _unpacked(content: bytes) -> Iterator[bytes]:
    """All gzip and zlib streams that begin anywhere in it."""
    for beginning, bits in ((_GZIP, 31), (_ZLIB, 15)):
        for match in beginning.finditer(content):
            with suppress(zlib.error):
                unpacked = zlib.decompressobj(bits).decompress(
                    content[match.start() :], UNPACKED_BYTES
                )
                if unpacked:
                    yield unpacked


def places_of(directory: Path) -> Iterator[tuple[str, bytes]]:
    """All files below a directory, their names, and the values in databases: those that are longer
    than a page lie in pieces in the file."""
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        yield "the name of a file", name.encode()
        if not path.is_file():
            continue
        content, place = path.read_bytes(), name[:SHOWN]
        yield place, content
        if content.startswith(b"SQLite format 3\0"):
            yield from ((f"{place}: {table}", value) for table, value in _values(path))


def _values(database: Path) -> Iterator[tuple[str, bytes]]:
    """The values of a database that can be read; of one that is broken, those before the break."""
    with (
        suppress(sqlite3.DatabaseError),
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection,
    ):
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"')
            for row in rows:
                values = (str(each).encode() if isinstance(each, str) else each for each in row)
                joined = b"\n".join(each for each in values if isinstance(each, bytes))
                yield table, joined
