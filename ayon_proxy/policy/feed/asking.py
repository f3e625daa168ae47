"""Which questions are under way, and when the next ones are due."""

from __future__ import annotations

from enum import Enum

from ayon_proxy.policy.feed.bounds import INFO_SECONDS, POLL_SECONDS, SCAN_SECONDS, UPDATED_SECONDS


class Question(Enum):
    """What upstream is asked."""

    INFO = "info"
    ANCHOR = "anchor"
    MISSED = "missed"
    UPDATED = "updated"
    SCAN = "scan"


EVERY = {
    Question.INFO: INFO_SECONDS,
    Question.MISSED: POLL_SECONDS,
    Question.UPDATED: UPDATED_SECONDS,
    Question.SCAN: SCAN_SECONDS,
}
"""How often each is asked while live, in seconds."""


class Asking:
    """At most one question of a kind is waited for; each has a number of its own."""

    def __init__(self) -> None:
        self._numbers = 0
        self._waited_for: dict[Question, int] = {}
        self._due = dict.fromkeys(EVERY, 0.0)

    def ask(self, question: Question) -> int:
        """The number of a new question; an older one of its kind is no longer waited for."""
        self._numbers += 1
        self._waited_for[question] = self._numbers
        return self._numbers

    def answered(self, number: int) -> Question | None:
        """Which question this is the answer to; None when nobody waits for it any more."""
        for question, waited_for in self._waited_for.items():
            if waited_for == number:
                del self._waited_for[question]
                return question
        return None

    def waits_for(self, *questions: Question) -> bool:
        """Whether one of these is under way."""
        return any(question in self._waited_for for question in questions)

    def forget(self) -> None:
        """No answer is waited for any more."""
        self._waited_for.clear()

    def due(self, question: Question, now: float) -> bool:
        """Whether it is time to ask."""
        return now >= self._due[question]

    def postpone(self, question: Question, now: float) -> None:
        """It has just been asked, or answered otherwise."""
        self._due[question] = now + EVERY[question]

    def hurry(self, question: Question) -> None:
        """It is to be asked at once."""
        self._due[question] = 0.0
