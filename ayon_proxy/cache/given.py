"""What an answer out of memory was made of, so that it can be made again."""

from __future__ import annotations

from dataclasses import dataclass

from ayon_proxy.cache.bodies import Body, InlineBody
from ayon_proxy.cache.known_caller import KnownCaller
from ayon_proxy.cache.proof import Proof
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.policy.decision import Deliver
from ayon_proxy.policy.message import StoredResponse


@dataclass(frozen=True, slots=True)
class Given:
    """A fresh answer whose body is in memory: to what it was the answer, what was stored, and
    its bytes; None where these are in memory in a coding alone (`cache.variants`)."""

    wanted: Wanted
    stored: StoredResponse
    content: bytes | None

    @classmethod
    def of(cls, wanted: Wanted, deliver: Deliver, body: Body, *, coded: bool) -> Given | None:
        """None for what the next one would perhaps be told otherwise, though nothing has changed.

        Where others share it, theirs may be stored as well, and would be looked at first: both are
        fresh, and what one of them says the other does.
        """
        if not isinstance(body, InlineBody) or deliver.offline or wanted.deciding:
            return None
        stored = deliver.stored
        return cls(wanted, stored, stored.inline if coded else body.content)


@dataclass(slots=True)
class Repeat:
    """The same, and who was given it. `known` and `proof` are None for who has no credential;
    `sequence` and `watched` are what the tag clock and the feed said when it was decided last."""

    given: Given
    key: bytes
    principal: bytes
    as_of: bytes
    known: KnownCaller | None
    proof: Proof | None
    made_at: float
    """When it was given in the ordinary way; seconds since the epoch."""
    sequence: int = -1
    watched: bool = False
    until: float = float("-inf")
    """Seconds since the epoch: what was decided last is the same for so long, to the byte."""
