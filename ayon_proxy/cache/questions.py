"""What is known of GraphQL questions by their bodies: key, lifetime, tags.

A body that was seen before costs a digest; new values of variables cost no parsing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import structlog

from ayon_proxy.policy import tags
from ayon_proxy.policy.graphql.bounds import MOST_BODIES
from ayon_proxy.policy.graphql.memory import DocumentMemory, Recent
from ayon_proxy.policy.graphql.question import Question, question
from ayon_proxy.policy.shown import Examined, examined, shown

log = structlog.get_logger(__name__)

MOST_UNDERSTOOD_BYTES = 32 * 1024 * 1024
"""What the bodies that are remembered may take together: one may name 14,000 ids, and have a tag of
eight bytes for each."""

MOST_UNKNOWN = 1_000
"""Names of unknown fields that are counted; an upstream may make up any number of them."""


@dataclass(frozen=True, slots=True)
class Understood:
    """`key` is the question's part of a cache key, `tags` what any answer to it carries, packed."""

    key: bytes
    examined: Examined
    tags: bytes
    projects: tuple[str, ...]
    """Names that projects are asked for by."""


class Questions:
    """`unknown`: fields and arguments that the tables don't know → how often they were stored.
    `most_bytes` is what is remembered of bodies, beside the documents."""

    def __init__(self, most_bytes: int = MOST_UNDERSTOOD_BYTES) -> None:
        self._documents = DocumentMemory()
        self._understood: Recent[bytes, Understood]
        self._understood = Recent(MOST_BODIES, most_bytes, _bytes_of)
        self.unknown: dict[str, int] = {}

    def understood(self, content: bytes) -> Understood | None:
        """None for a body that is no question the proxy can read."""
        digest = sha256(content).digest()
        known = self._understood.find(digest)
        if known is None:
            asked = question(content, self._documents)
            if not isinstance(asked, Question):
                return None
            packed = tags.pack(shown(asked, None).tags)
            projects = tuple({each for each in asked.projects if each})
            found = Understood(asked.key, examined(asked), packed, projects)
            known = self._understood.hold(digest, found)
        return known

    def question(self, content: bytes) -> Question:
        """The whole of an understood one."""
        asked = question(content, self._documents)
        assert isinstance(asked, Question)  # noqa: S101
        return asked

    def count_unknown(self, names: Iterable[str]) -> None:
        """An answer was stored that shows what the tables don't know; said once for each."""
        for name in names:
            if name not in self.unknown and len(self.unknown) < MOST_UNKNOWN:
                log.warning("graphql_unknown", field=name, effect="coarser tags")
                self.unknown[name] = 0
            if name in self.unknown:
                self.unknown[name] += 1


def _bytes_of(_digest: bytes, known: Understood) -> int:
    """About what it takes in memory, its digest included."""
    return 500 + len(known.tags)
