"""Keys are equal for what means the same, and for nothing else: random questions about the film.

The demo answers them: whatever the rules say, equal keys must have equal answers.

Broken once, to see the tests fail: selections, arguments, sets or their defaults not sorted; names
of operation or variables in the key; `ownAttrib` taken for an ordinary field; aliases, conditions,
type conditions, defaults or declared types left out of it; absent taken for null.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.graphql.questions import (
    answer,
    changes,
    is_order_kept,
    key_of,
    questions,
    spelled,
)
from tests.policy.graphql.spelling import Selections

seeds = st.integers(0, 2**32)


@given(questions(), seeds, seeds)
@settings(max_examples=100, deadline=None)
def test_spelling_changes_neither_key_nor_answer(
    asked_for: Selections, one: int, other: int
) -> None:
    in_order = is_order_kept(asked_for)
    first = spelled(asked_for, one, in_order=in_order)
    second = spelled(asked_for, other, in_order=in_order)
    assert key_of(first) == key_of(second)
    assert answer(first) == answer(second)


@given(questions(), seeds, seeds)
@settings(max_examples=15, deadline=None)
def test_any_change_changes_the_key(asked_for: Selections, one: int, other: int) -> None:
    key = key_of(spelled(asked_for, one, in_order=is_order_kept(asked_for)))
    for changed in changes(asked_for):
        assert key_of(spelled(changed, other, in_order=is_order_kept(changed))) != key, changed


@given(questions(), seeds, seeds, st.data())
@settings(max_examples=150, deadline=None)
def test_equal_keys_have_equal_answers(
    asked_for: Selections, one: int, other: int, data: st.DataObject
) -> None:
    """Selections are shuffled where order counts, too."""
    changed = data.draw(st.sampled_from([asked_for, *changes(asked_for)]))
    first, second = spelled(asked_for, one, in_order=True), spelled(changed, other)
    if key_of(first) == key_of(second):
        assert answer(first) == answer(second)
