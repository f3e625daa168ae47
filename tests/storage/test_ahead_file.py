"""Records are whole or not there, whatever the process or the disk did to the file.

Broken once, to see the tests fail: the check left out; a number that is not the next one taken; a
failing write counted as one; the bound left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayon_proxy.storage.ahead_file import MOST_BYTES, AheadFile

FOUR = [(number, b"%d" % number * number) for number in (5, 6, 7, 8)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ahead"


@pytest.fixture
def file(path: Path) -> Iterator[AheadFile]:
    file = AheadFile(path)
    yield file
    file.close(remove=False)


def append_all(file: AheadFile, records: list[tuple[int, bytes]]) -> None:
    assert [file.append(*record) for record in records] == [True] * len(records)


def found_in(path: Path) -> list[tuple[int, bytes]]:
    """What the next process finds."""
    file = AheadFile(path)
    try:
        return list(file.records())
    finally:
        file.close(remove=False)


def test_what_was_appended_is_found_by_the_next_process(file: AheadFile, path: Path) -> None:
    records = [*FOUR, (9, b""), (10, bytes(range(256)) * 50)]
    append_all(file, records)
    assert found_in(path) == records


def test_a_new_one_is_empty_and_for_its_owner_alone(file: AheadFile, path: Path) -> None:
    assert list(file.records()) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_last_record_is_left_out(file: AheadFile, path: Path) -> None:
    append_all(file, FOUR)
    content = path.read_bytes()
    last = len(content) - 8 - 20
    for end in range(last, len(content)):
        path.write_bytes(content[:end])
        assert found_in(path) == FOUR[:3]


@settings(deadline=None)
@given(at=st.integers(0, 1000), bit=st.integers(0, 7))
def test_no_changed_bit_gives_another_record(
    tmp_path_factory: pytest.TempPathFactory, at: int, bit: int
) -> None:
    path = tmp_path_factory.mktemp("ahead") / "ahead"
    file = AheadFile(path)
    append_all(file, FOUR)
    file.close(remove=False)
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1 << bit
    path.write_bytes(content)
    found = found_in(path)
    assert found == FOUR[: len(found)]
    assert len(found) < len(FOUR)


def test_what_is_left_from_before_it_was_begun_anew_is_not_found(
    file: AheadFile, path: Path
) -> None:
    append_all(file, [(number, b"same length") for number in range(1, 9)])
    file.begin_anew()
    newer = [(9, b"same length"), (10, b"same length")]
    append_all(file, newer)
    assert found_in(path) == newer


def test_it_stays_within_its_bound(file: AheadFile, path: Path) -> None:
    half = bytes(MOST_BYTES // 2)
    assert file.append(1, half)
    assert not file.append(2, half)
    assert file.append(2, b"shorter")
    assert path.stat().st_size <= MOST_BYTES
    assert found_in(path) == [(1, half), (2, b"shorter")]


def test_a_disk_that_is_full_takes_nothing() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no disk that is always full")
    file = AheadFile(full)
    assert not file.append(1, b"content")
    file.close(remove=False)


@pytest.mark.parametrize("remove", [True, False])
def test_it_goes_when_it_has_nothing_to_keep(path: Path, remove: bool) -> None:
    AheadFile(path).close(remove=remove)
    assert path.exists() is not remove
