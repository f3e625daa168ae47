"""How often the WAL is written back: by its length, which is only known afterwards."""

from __future__ import annotations

import pytest

from ayon_proxy.storage.write_back import PAGE_BYTES, WriteBack, wal_bytes

MEBIBYTE = 1 << 20


@pytest.mark.parametrize(
    ("max_bytes", "expected"),
    [(64 * MEBIBYTE, 4), (1024 * MEBIBYTE, 16), (50 * 1024 * MEBIBYTE, 64)],
)
def test_a_larger_directory_may_have_a_longer_wal(max_bytes: int, expected: int) -> None:
    assert wal_bytes(max_bytes) == expected * MEBIBYTE


def changes_until_due(when: WriteBack) -> int:
    return next(number for number in range(1, 1_000_000) if when.due(1))


@pytest.mark.parametrize("frames_each", [1, 5, 200])
def test_it_is_written_back_at_half_of_its_length(frames_each: int) -> None:
    when = WriteBack(64 * MEBIBYTE)
    for _ in range(20):
        frames = changes_until_due(when) * frames_each
        when.done(frames)
    assert 0.9 < frames * PAGE_BYTES / (32 * MEBIBYTE) <= 1.0


def test_it_takes_at_most_twice_as_many_changes_as_before() -> None:
    when = WriteBack(64 * MEBIBYTE)
    numbers = []
    for _ in range(4):
        numbers.append(changes_until_due(when))
        when.done(1)
    assert numbers == [256, 512, 1024, 2048]


def test_one_that_failed_is_tried_again_later() -> None:
    when = WriteBack(64 * MEBIBYTE)
    assert [changes_until_due(when), changes_until_due(when)] == [256, 256]
