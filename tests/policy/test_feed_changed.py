"""Which changes a scan's finds stand for. Broken once, to see the tests fail: a creation taken for
a change, a change handled twice, a second change of one entity passed over, no bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.feed.changed import (
    REMEMBERED_CHANGES,
    ChangedEntity,
    Changes,
    only_created,
)

CREATED = "2026-11-24T08:07:33.918388+00:00"
LATER = "2026-11-24T08:08:33.918388+00:00"


def entity(updated: str, *, entity_id: str = "1", created: str = CREATED) -> ChangedEntity:
    return ChangedEntity("film", "task", entity_id, "2", created, updated)


@pytest.mark.parametrize(
    ("created", "updated", "only"),
    [
        (CREATED, CREATED, True),
        (CREATED, "2026-11-24T08:07:33.918391+00:00", True),
        (CREATED, "2026-11-24T08:07:33.918391Z", True),
        (CREATED, "2026-11-24T08:07:33.928388+00:00", False),
        (CREATED, LATER, False),
        (CREATED, "2026-11-24T08:07:33.918388", False),
        ("", "", False),
        ("soon", "later", False),
    ],
)
def test_what_was_never_changed_is_told_from_what_was(
    created: str, updated: str, only: bool
) -> None:
    assert only_created(entity(updated, created=created)) is only


def test_a_change_is_news_once_and_the_next_one_again() -> None:
    changes = Changes()
    assert [changes.news(entity(at)) for at in (LATER, LATER, LATER + "1", LATER + "1")] == [
        True,
        False,
        True,
        False,
    ]


def test_what_was_only_created_is_no_news() -> None:
    assert not Changes().news(entity(CREATED))


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    changes = Changes()
    for number in range(REMEMBERED_CHANGES + 1):
        changes.news(entity(LATER, entity_id=str(number)))
    assert changes.news(entity(LATER, entity_id="0"))
    assert not changes.news(entity(LATER, entity_id=str(REMEMBERED_CHANGES)))
    assert len(changes._handled) == REMEMBERED_CHANGES


@given(st.text(), st.text())
def test_no_text_of_upstream_is_too_much(created: str, updated: str) -> None:
    assert Changes().news(entity(updated, created=created)) in {True, False}
