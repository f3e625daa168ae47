"""What is known of a question before it has an answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ayon_proxy.policy.graphql.asked import Field
from ayon_proxy.policy.graphql.question import Question
from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.shown.sharing import sharing
from ayon_proxy.policy.shown.understanding import understood

DECIDING: Mapping[str, str] = {
    "latestOnly": "the next version number is counted from it",
    "heroOnly": "the hero version is replaced by what it shows",
    "heroOrLatestOnly": "the next version number is counted from it",
    "versions(versions)": "whether a version number is taken is read from it",
    "latestVersion": "the next version number is counted from it",
    "products(names)": "whether a product is created or published to is read from it",
}
"""TABLE: what decides where something is published → the reason: a stale one overwrites published
files (architecture 3.5). Arguments of any list, an argument of a list, and a field."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What is done with a question."""

    never: str
    """Why its answer is never stored; empty where it may be."""
    lifetimes: Lifetimes
    deciding: str
    """Why upstream is asked while it is there, though an answer is stored; empty for most."""
    share: Share = Share.USER
    """Who may be given the answer besides who asked."""
    project: str | None = None
    """For PROJECT: the name of the one it is about, as it was sent; see `policy.sharing.meant`."""


def examined(question: Question) -> Examined:
    """Never raises."""
    gathered, _ = understood(question.fields)
    unclear = gathered.never or gathered.unknown
    share, project = (Share.USER, None) if unclear else sharing(question.fields)
    return Examined(gathered.never, gathered.lifetimes, _deciding(question.fields), share, project)


def _deciding(fields: Iterable[Field]) -> str:
    waiting = list(fields)
    while waiting:
        field = waiting.pop()
        waiting.extend(field.fields)
        for name in _names(field):
            if name in DECIDING:
                return f"{name}: {DECIDING[name]}"
    return ""


def _names(field: Field) -> Iterable[str]:
    yield field.name
    for argument, value in field.arguments.items():
        if value is not None and value is not False:
            yield argument
            yield f"{field.name}({argument})"
