"""The body of `POST /api/resolve`: a batch of URIs, each of which is a question of its own.

Upstream resolves one URI after the other and answers in the order of the batch; what it says of one
does not depend on the others (upstream/corpus, misc_reads).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ayon_proxy.policy.lifetimes import ENTITY, ROOTS, Lifetimes

MOST_URIS = 1000
MOST_CONTEXT_BYTES = 4096
"""A larger batch is not split: what is done for each URI would keep all other clients waiting."""

SCHEMES = frozenset({"ayon", "ayon+entity"})


@dataclass(frozen=True, slots=True)
class Question:
    """A batch. `context` is all of the body but the URIs: part of each one's cache key."""

    uris: tuple[str, ...]
    context: dict[str, Any]

    @property
    def rooted(self) -> bool:
        """Whether file paths begin with the roots of the caller's site."""
        return any(self.context.get(name) for name in ("resolveRoots", "resolve_roots"))

    @property
    def lifetimes(self) -> Lifetimes:
        """Of the answer to each URI."""
        return ROOTS if self.rooted else ENTITY

    def only(self, uris: Collection[str]) -> bytes:
        """The body that asks for these alone, each once, in the batch's order."""
        remaining = [uri for uri in dict.fromkeys(self.uris) if uri in uris]
        return json.dumps({**self.context, "uris": remaining}).encode()

    def part(self, uri: str) -> bytes:
        """What a cache key needs of the body for one of the URIs."""
        return json.dumps([self.context, uri], sort_keys=True).encode()


def question(body: bytes) -> Question | None:
    """The batch, or None when the body is not one that can be split."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    uris = parsed.pop("uris", None) if isinstance(parsed, dict) else None
    if not isinstance(uris, list) or not uris or not all(_is_text(uri) for uri in uris):
        return None
    if len(uris) > MOST_URIS or len(json.dumps(parsed)) > MOST_CONTEXT_BYTES:
        return None
    return Question(tuple(uris), parsed)


def _is_text(uri: object) -> bool:
    """JSON can spell half a surrogate pair, which no text holds."""
    return isinstance(uri, str) and not any("\ud800" <= char <= "\udfff" for char in uri)


def project_of(uri: str) -> str | None:
    """The project that a URI names, or None when it can't be told."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    return unquote(parts.netloc) or None if parts.scheme in SCHEMES else None
