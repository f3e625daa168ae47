"""An answer as a client understands it, so that upstream's and the proxy's can be compared.

Compared are status and content: JSON by meaning, anything else by its bytes. The only liberties:

    order of keys         JSON objects have none
    UNORDERED             lists that come from sets: upstream itself changes their order
                          (upstream/observed.md)
    TIMING                a sentence that says how long upstream took
    CLOCKS                how long upstream has been up
    SECRETS               hashes that the proxy removes from what it stores (contract.md)
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

UNORDERED = frozenset({"entityIds", "ownAttrib", "taskNames", "watchers"})
TIMING = re.compile(r"Hierarchy loaded in [0-9.]+ ?m?s")
CLOCKS = frozenset({"uptime"})
SECRETS = re.compile(r"password|passwordResetRequest|supportToken|apiKeys?|apiKeyPreview")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `content` of JSON is in one order, of anything else it is a digest."""

    status: int
    content: Any
    cache_status: str

    @property
    def is_hit(self) -> bool:
        """Whether the proxy gave it from its store."""
        return "; hit" in self.cache_status

    @property
    def what_happened(self) -> str:
        """`hit`, or why it was not: the words of Cache-Status that don't change by the second."""
        if self.is_hit:
            return "hit"
        words = [each.strip() for each in self.cache_status.split(";")[1:]]
        return " ".join(word for word in words if word.startswith(("fwd=", "detail="))) or "none"

    @property
    def is_error(self) -> bool:
        """Whether nothing was shown: by status, or by GraphQL's list of errors."""
        return self.status >= 400 or (isinstance(self.content, dict) and "errors" in self.content)

    def same_as(self, other: Answer) -> bool:
        """Whether a client would see no difference."""
        return (self.status, self.content) == (other.status, other.content)


def answer_of(response: httpx.Response) -> Answer:
    """What an HTTP response says."""
    content: Any
    if response.headers.get("content-type", "").startswith("application/json"):
        content = plain(json.loads(response.content))
    else:
        digest = hashlib.sha256(response.content).hexdigest()[:16]
        content = f"{len(response.content)} bytes, {digest}"
    return Answer(response.status_code, content, response.headers.get("cache-status", ""))


def plain(value: Any, name: str = "") -> Any:
    """A JSON value without what may differ between equal answers."""
    if isinstance(value, dict):
        return {
            key: plain(each, key)
            for key, each in value.items()
            if key not in CLOCKS and not SECRETS.fullmatch(key)
        }
    if isinstance(value, list):
        items = [plain(each) for each in value]
        return sorted(items, key=json.dumps) if name in UNORDERED else items
    if isinstance(value, str) and name == "detail":
        return TIMING.sub("Hierarchy loaded", value)
    return value


def differences(upstream: Any, proxied: Any, at: str = "$") -> Iterator[str]:
    """A line for each place where the two differ; only for telling, `same_as` decides."""
    if isinstance(upstream, dict) and isinstance(proxied, dict):
        for name in sorted(upstream.keys() | proxied.keys()):
            if name not in proxied:
                yield f"{at}.{name}: only upstream has it: {_short(upstream[name])}"
            elif name not in upstream:
                yield f"{at}.{name}: only the proxy has it: {_short(proxied[name])}"
            else:
                yield from differences(upstream[name], proxied[name], f"{at}.{name}")
    elif isinstance(upstream, list) and isinstance(proxied, list):
        if len(upstream) != len(proxied):
            yield f"{at}: {len(upstream)} items upstream, {len(proxied)} from the proxy"
        for place, (one, other) in enumerate(zip(upstream, proxied, strict=False)):
            yield from differences(one, other, f"{at}[{place}]")
    elif upstream != proxied:
        yield f"{at}: {_short(upstream)} upstream, {_short(proxied)} from the proxy"


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) < 120 else f"{text[:120]}…"
