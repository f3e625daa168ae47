"""What a `POST /graphql` body asks, and the key under which its answer is kept."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from ayon_proxy.policy.graphql.asked import Field, fields_asked
from ayon_proxy.policy.graphql.body import body_of
from ayon_proxy.policy.graphql.key import key
from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.unreadable import NotAQuestion, Unreadable


@dataclass(frozen=True, slots=True)
class Question:
    """A body that was understood."""

    key: bytes
    """32 bytes: `extra` of the cache key."""
    fields: tuple[Field, ...]
    """The root fields."""

    @property
    def projects(self) -> tuple[str | None, ...]:
        """The name that each root field `project` is asked for, as sent, in the order of `fields`.

        None where it isn't known: asked for by code, or by a name that holds `%`, which upstream
        matches as a pattern (clients.md 2).
        """
        return tuple(_project(each) for each in self.fields if each.name == "project")


def question(body: bytes, documents: DocumentMemory) -> Question | Unreadable:
    """All that is asked. For any bytes."""
    try:
        read = body_of(body)
        document = documents.document(read.text, read.operation)
        return Question(key(document, read), fields_asked(document, read.variables))
    except NotAQuestion as error:
        return Unreadable(str(error))


def question_key(body: bytes, documents: DocumentMemory) -> bytes | Unreadable:
    """The key alone: all that a stored answer needs. Remembered by a digest of the body."""
    digest = sha256(body).digest()
    known = documents.keys.find(digest)
    if known is not None:
        return known
    try:
        read = body_of(body)
        found = key(documents.document(read.text, read.operation), read)
    except NotAQuestion as error:
        return Unreadable(str(error))
    return documents.keys.hold(digest, found)


def _project(field: Field) -> str | None:
    name = field.arguments.get("name")
    return name if isinstance(name, str) and "%" not in name else None
