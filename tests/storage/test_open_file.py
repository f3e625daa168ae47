"""A descriptor is closed when nobody uses it any more: neither before that, nor never."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.open_file import OpenFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def test_closing_waits_for_who_is_in_the_middle_of_a_read(path: Path) -> None:
    file = OpenFile()
    assert file.open(path, os.O_RDONLY) == 7
    with file.descriptor() as descriptor:
        file.close()
        assert os.pread(descriptor, 7, 0) == b"content"
        with pytest.raises(StorageFailed):
            file.read(0, 1)
    assert not is_open(descriptor)


def test_closing_closes_at_once_when_nobody_reads(path: Path) -> None:
    file = OpenFile()
    file.open(path, os.O_RDONLY)
    with file.descriptor() as descriptor:
        pass
    assert is_open(descriptor)
    file.close()
    assert not is_open(descriptor)
    file.close()


def test_what_was_closed_before_it_was_opened_opens_nothing(path: Path) -> None:
    """A cancelled opening: the close may come first."""
    file = OpenFile()
    file.close()
    with pytest.raises(StorageFailed):
        file.open(path, os.O_RDONLY)
