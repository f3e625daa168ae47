"""How long answers are fresh. Mutations that must each fail: STUDIO_CONFIG to 61; FILE to 0;
NONE to 1."""

from __future__ import annotations

import pytest

from ayon_proxy.policy import lifetimes
from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.routes.table import ROUTES

CLASSES = {name: it for name, it in vars(lifetimes).items() if isinstance(it, Lifetimes)}
STORING = {name: it for name, it in CLASSES.items() if name != "NONE"}


@pytest.mark.parametrize("lifetime", STORING.values(), ids=list(STORING))
def test_without_a_feed_every_class_is_short(lifetime: Lifetimes) -> None:
    """G3: studio configuration shows changes within a minute; nothing else waits longer."""
    assert 0 < lifetime.unwatched <= 60


def test_what_is_not_stored_is_never_fresh() -> None:
    assert lifetimes.NONE.unwatched == 0
    kinds = {Kind.STORE, Kind.FILE, Kind.RESOLVE}
    assert all((row.lifetimes is lifetimes.NONE) == (row.kind not in kinds) for row in ROUTES)


def test_every_class_is_used_by_a_row() -> None:
    assert {id(row.lifetimes) for row in ROUTES} == {id(it) for it in CLASSES.values()}
