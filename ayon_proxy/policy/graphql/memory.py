"""What was read before: documents by their text, keys by a digest of the body.

New values of variables cost no parsing, and a body that was seen before costs a digest. Both are
bounded, and what was not used for the longest time goes first. Nothing here is needed for an
answer to be right. For one thread at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from ayon_proxy.policy.graphql.bounds import MOST_BODIES, MOST_DOCUMENT_BYTES, MOST_DOCUMENTS
from ayon_proxy.policy.graphql.document import Document
from ayon_proxy.policy.graphql.parsing import document_of
from ayon_proxy.policy.graphql.unreadable import NotAQuestion, Unreadable

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A mapping that holds at most `most` entries, of at most `most_weight` together."""

    def __init__(
        self, most: int, most_weight: int = 0, weight: Callable[[K, V], int] = lambda *_: 0
    ) -> None:
        self._held: OrderedDict[K, V] = OrderedDict()
        self._most = most
        self._most_weight = most_weight
        self._weight = weight
        self.weight = 0

    def __len__(self) -> int:
        return len(self._held)

    def find(self, key: K) -> V | None:
        """What is held under the key, which is in use again."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def hold(self, key: K, value: V) -> V:
        """Hold it under a key of which nothing is held, and forget what has no place any more."""
        self._held[key] = value
        self.weight += self._weight(key, value)
        while len(self._held) > self._most or self.weight > self._most_weight:
            self.weight -= self._weight(*self._held.popitem(last=False))
        return value


class DocumentMemory:
    """Passed to `question` by who asks. The bounds are for tests; see `bounds` for their units."""

    def __init__(
        self,
        documents: int = MOST_DOCUMENTS,
        document_bytes: int = MOST_DOCUMENT_BYTES,
        bodies: int = MOST_BODIES,
    ) -> None:
        self._documents: Recent[tuple[str, str | None], Document | Unreadable]
        self._documents = Recent(documents, document_bytes, weight)
        self.keys: Recent[bytes, bytes] = Recent(bodies)
        """Digest of a body → its key."""

    def document(self, text: str, operation: str | None) -> Document:
        """The document of a text, and of the operation in it that is meant.

        Raises NotAQuestion as `document_of` does.
        """
        found = self._documents.find((text, operation))
        if found is None:
            found = self._documents.hold((text, operation), _read(text, operation))
        if isinstance(found, Unreadable):
            raise NotAQuestion(found.reason)
        return found


def weight(asked: tuple[str, str | None], document: Document | Unreadable) -> int:
    """An estimate of the bytes that a text and its document take in memory."""
    tokens = document.tokens if isinstance(document, Document) else 0
    return 1_000 + 4 * len(asked[0]) + BYTES_PER_TOKEN * tokens


BYTES_PER_TOKEN = 100
"""Measured: 57 for recorded queries, 80 for the densest there are."""


def _read(text: str, operation: str | None) -> Document | Unreadable:
    try:
        return document_of(text, operation)
    except NotAQuestion as error:
        return Unreadable(str(error))
