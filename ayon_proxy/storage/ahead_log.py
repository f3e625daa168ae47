"""Changes that count as done before the database has them: a log ahead of SQLite's own.

A change for which an event or a client waits can't wait for another thread, a running transaction
and a commit. The event loop writes it into a file itself (`ahead_file`), one write of a hundred
bytes, 30 µs; the writer thread carries it over into the database soon after, many in one
transaction. What was not carried over when the process ended is carried over at the next start.

In which order. Before each change that it makes the writer carries over all that waits. So no
change is in the database without what was appended here before it was submitted, and none is in a
prefix of its WAL, which is what a power cut leaves. The file can only add to that the changes that
come next. `CARRIED` in `meta`, written in the transaction that holds them, says which these are:
each is carried out once. Where the next one is missing (a power cut took the end of the WAL, and
the file had been begun anew), those behind it are left out: what is lost is lost from the end on.

When it does not serve. While the database does not take what was written ahead, while the file
can't be written (a full disk) or is full, nothing is appended, and the change goes through the
writer, as all others do, and fails as they do.

What is accepted. The loop waits for this one write. It goes into memory, and mostly to a page that
waits there already; but where the system holds back whoever writes (too much is unwritten), or the
file system is between two transactions of its own, it takes until it may. With another thread that
synced a megabyte fifty times a second, none of 700 writes took more than 0.1 ms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import orjson
from sqlalchemy.engine import Connection

from ayon_proxy.storage import meta, statements
from ayon_proxy.storage.ahead_file import AheadFile

Value: TypeAlias = int | bytes

_STATEMENTS = {
    "invalidate": statements.INVALIDATE,
    "open": statements.OPEN_INTENT,
    "close": statements.CLOSE_INTENT,
}
"""All that is written ahead. Each is harmless to whatever of the database comes before it: it makes
something invalid, or says what is still to be."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """A change: one of the statements above, by its name, and its values."""

    statement: str
    values: Mapping[str, Value]

    def carry_out(self, connection: Connection) -> None:
        """Run it in the transaction that the connection is in."""
        _STATEMENTS[self.statement].run(connection, self.values)

    def packed(self) -> bytes:
        """As JSON. Latin-1 maps every byte to one character."""
        texts = {
            name: value.decode("latin-1") if isinstance(value, bytes) else value
            for name, value in self.values.items()
        }
        return orjson.dumps((self.statement, texts))

    @classmethod
    def unpacked(cls, packed: bytes) -> Ahead:
        """The inverse of `packed`."""
        statement, texts = orjson.loads(packed)
        values: dict[str, Value] = {
            name: text.encode("latin-1") if isinstance(text, str) else text
            for name, text in texts.items()
        }
        return cls(statement, values)


class AheadLog:
    """`append` and `end` are for the event loop, the others for the thread of the writer.

    Making it carries over what an earlier process left. Raises what SQLAlchemy, sqlite3 and the
    system raise; then nothing of that is lost.
    """

    def __init__(self, path: Path, connection: Connection) -> None:
        self._file = AheadFile(path)
        self._waiting: deque[tuple[int, Ahead]] = deque()
        self._taken: list[tuple[int, Ahead]] = []
        self._serves = True
        self._ended = False
        try:
            with connection.begin():
                self._number = self._carried = int(meta.fact(connection, meta.CARRIED) or 0)
                self._find_left()
                self.carry_over(connection)
            self._file.empty()
        except BaseException:
            self._file.close(remove=False)
            raise
        self._have_carried()

    def append(self, change: Ahead) -> bool:
        """Whether it is done. If it isn't it has to be submitted to the writer."""
        if self._ended or not self._serves:
            return False
        number = self._number
        if self._carried == number:
            self._file.begin_anew()
        if not self._file.append(number + 1, change.packed()):
            return False
        self._number = number + 1
        self._waiting.append((number + 1, change))
        return True

    @contextmanager
    def carrying(self) -> Iterator[None]:
        """Around each transaction of the writer: what it carries over is carried when it ends."""
        try:
            yield
        except BaseException:
            self._serves = not (self._taken or self._waiting)
            self._waiting.extendleft(reversed(self._taken))
            self._taken.clear()
            raise
        self._have_carried()

    def carry_over(self, connection: Connection) -> None:
        """All that waits. Within a transaction, before each change."""
        if not self._waiting:
            return
        while self._waiting:
            self._taken.append(self._waiting.popleft())
            self._taken[-1][1].carry_out(connection)
        meta.reach(connection, meta.CARRIED, self._taken[-1][0])

    def end(self) -> None:
        """Append nothing more."""
        self._ended = True

    def close(self) -> None:
        """After `end`. The file stays where the database has not taken what is in it."""
        self._file.close(remove=not self._waiting)

    def _find_left(self) -> None:
        """Have what the database lacks wait, unless some of it is missing."""
        for number, content in self._file.records():
            if number == self._number + 1:
                self._waiting.append((number, Ahead.unpacked(content)))
                self._number = number

    def _have_carried(self) -> None:
        if self._taken:
            self._carried = self._taken[-1][0]
            self._taken.clear()
        self._serves = True
