"""Tags. Mutations that must each fail: no `lower()` in `project`; `<` to `>` in `pack` or `unpack`;
no `sorted`; a list instead of a set in `pack`; another seed in `tag_hash`."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy import tags

ANY_TAGS = st.lists(st.text("ab:{é\0\U0001f600", max_size=20), max_size=50)


@pytest.mark.parametrize("name", ["Demo", "demo", "DEMO"])
def test_a_project_is_one_tag_however_it_is_written(name: str) -> None:
    assert tags.project(name) == "project:demo"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("", 0x2D06800538D394C2), ("everything", tags.tag_hash(tags.EVERYTHING))],
)
def test_a_hash_is_64_bits_and_the_same_in_every_process(tag: str, expected: int) -> None:
    """What is on disk was hashed by an earlier process."""
    assert tags.tag_hash(tag) == expected
    assert 0 <= tags.tag_hash(tag) < 1 << 64


def test_the_packed_form_is_little_endian_on_every_machine() -> None:
    assert tags.pack([""]) == bytes.fromhex("c294d3380580062d")
    assert tags.unpack(bytes([1, 0, 0, 0, 0, 0, 0, 128])) == (0x8000000000000001,)


def test_a_broken_column_is_not_read_as_another() -> None:
    with pytest.raises(struct.error):
        tags.unpack(bytes(9))


@given(ANY_TAGS)
def test_what_is_packed_is_unpacked_sorted_and_once(labels: list[str]) -> None:
    unpacked = tags.unpack(tags.pack(labels))
    assert list(unpacked) == sorted({tags.tag_hash(label) for label in labels})


@given(ANY_TAGS, st.randoms())
def test_the_order_and_number_of_tags_change_nothing(labels: list[str], random: object) -> None:
    assert tags.pack([*reversed(labels), *labels]) == tags.pack(labels)


def test_a_tag_of_half_a_surrogate_pair_has_a_hash() -> None:
    """JSON can spell one, and upstream relays what a client sent."""
    assert tags.tag_hash("entity:\ud800") != tags.tag_hash("entity:\ud801")
