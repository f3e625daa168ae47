"""What the answer to a GraphQL question shows, and what follows from it: tags and a lifetime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ayon_proxy.policy.graphql.question import Question
from ayon_proxy.policy.lifetimes import NONE, Lifetimes


@dataclass(frozen=True, slots=True)
class Examined:
    """`never`: why it is not stored. `deciding`: why it is asked upstream while that is there."""

    never: str
    lifetimes: Lifetimes
    deciding: str


@dataclass(frozen=True, slots=True)
class Shown:
    """All tags of an answer; `unknown` are fields and arguments that the tables don't know."""

    tags: frozenset[str]
    unknown: frozenset[str]


def examined(question: Question) -> Examined:  # noqa: ARG001
    """What follows from the question alone."""
    return Examined("its tags are not known yet", NONE, "")


def shown(question: Question, answer: Any) -> Shown:  # noqa: ARG001
    """What follows from the answer, too; `answer` None: it has not come yet."""
    return Shown(frozenset({"everything", "answers", "any"}), frozenset())
