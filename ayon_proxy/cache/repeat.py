"""What an answer out of memory was made of, so that it can be made again."""

from __future__ import annotations

from dataclasses import dataclass

from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.policy.decision import Deliver
from ayon_proxy.policy.message import StoredResponse


@dataclass(frozen=True, slots=True)
class Repeat:
    """A fresh answer whose body is in memory: to what it was the answer, and what was stored."""

    wanted: Wanted
    stored: StoredResponse

    @classmethod
    def of(cls, wanted: Wanted, deliver: Deliver) -> Repeat | None:
        """None for what the next one would perhaps be told otherwise, though nothing has changed:
        what is stored for one caller of many that share it may be moved or joined."""
        stored = deliver.stored
        shared = wanted.sharing is None or wanted.sharing.key == stored.key
        if stored.inline is None or deliver.offline or wanted.deciding or not shared:
            return None
        return cls(wanted, stored)
