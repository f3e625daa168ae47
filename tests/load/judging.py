"""The oracle: whether an answer is one that upstream could have given just then."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from tests.load.connection import Answered
from tests.load.labels import EVENT_SECONDS, NEVER, SHORT_SECONDS, Label, number_of
from tests.load.questions import Expected, Identity, Question, told
from tests.load.upstream import Upstream

BACK_SECONDS = 12.0
"""After trouble: ten until all is as it was, and two for the last answers of the time before."""

LOST_SECONDS = 2.0
"""After the feed was seen not to be live, an answer may be from before."""

NOT_NOW = frozenset({429, 502, 503, 504})
"""What says that there is no answer, and claims nothing."""


@dataclass(repr=False)
class Judge:
    """Gathers what is wrong, in words, and counts what came."""

    upstream: Upstream
    labels: dict[str, Label]
    expected: dict[tuple[str, Question], Expected]
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By whether something was wrong with upstream, and status."""
    lost_at: float = -NEVER
    """When the feed was last seen not to be live."""

    def judge(
        self,
        identity: Identity,
        question: Question,
        answer: Answered,
        asked_at: float,
        answered_at: float,
    ) -> None:
        """One answer."""
        troubled = self.upstream.troubled(asked_at - BACK_SECONDS, answered_at)
        self.statuses["troubled" if troubled else "calm", answer.status] += 1
        if fault := self._fault(
            identity, question, answer, asked_at, answered_at, troubled=troubled
        ):
            where = "with trouble" if troubled else "in calm"
            self.wrong.append(
                f"{identity.name}: {question.name} {question.target.decode()} {where} "
                f"[{answer.status}, {answer.cache_status}]: {fault}"
            )

    def saw_feed(self, state: str) -> None:
        """What `/-/status` says of the feed at this moment."""
        now = time.monotonic()
        if state == "live":
            return
        self.lost_at = now
        if not self.upstream.troubled(now - BACK_SECONDS, now):
            self.wrong.append(f"the feed is {state} {BACK_SECONDS} s after the last trouble")

    def _behind(self, asked_at: float, *, troubled: bool) -> float:
        """By how many seconds what was not asked for may be behind what others did."""
        if troubled:
            return NEVER
        return SHORT_SECONDS if asked_at - self.lost_at < LOST_SECONDS else EVENT_SECONDS

    def no_answer(self, identity: Identity, question: Question, asked_at: float, why: str) -> None:
        """A connection that ended before its answer: right only while something is wrong."""
        if not self.upstream.troubled(asked_at - BACK_SECONDS, time.monotonic()):
            self.wrong.append(f"{identity.name}: {question.name} in calm: no answer, {why}")

    def _fault(
        self,
        identity: Identity,
        question: Question,
        answer: Answered,
        asked_at: float,
        answered_at: float,
        *,
        troubled: bool,
    ) -> str | None:
        expected = self.expected[identity.name, question]
        if answer.status != expected.status:
            # Somebody who guesses may be told to guess more slowly.
            excused = troubled or (answer.status == 429 and not identity.known)
            if answer.status in NOT_NOW and excused:
                return None
            return f"the status is {answer.status}, not {expected.status}"
        if expected.status >= 400:
            return None
        rest, labels = told(answer)
        if rest != expected.rest:
            return f"another content than upstream's: {str(rest)[:300]}"
        if labels.keys() != expected.labels:
            return f"other entities than upstream's: {labels.keys() ^ expected.labels}"
        older_by = 0.0 if answer.asked else self._behind(asked_at, troubled=troubled)
        for entity_id, label in labels.items():
            number = number_of(label)
            if number is None:
                return f"nobody has written {label!r}"
            known = self.labels.get(entity_id)
            if known is not None and (
                fault := known.wrong(
                    number, asked_at, answered_at, older_by, marked=answer.stands_in
                )
            ):
                return f"{entity_id}: {fault}"
        return None
