"""The directory's lock, its secrets, and whom it belongs to."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ayon_proxy.errors import CannotStart
from ayon_proxy.storage.data_directory import DataDirectory
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.ownership import ADOPT_VARIABLE, claim

HOLDER = """
import sys
from pathlib import Path
from ayon_proxy.storage.data_directory import DataDirectory
directory = DataDirectory.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def one_sentence(refusal: pytest.ExceptionInfo[CannotStart]) -> str:
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", ")."))
    return sentence


def test_what_it_makes_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        directory = DataDirectory.open(tmp_path / "deep" / "data")
    finally:
        os.umask(before)
    directory.close()
    assert mode(directory.path) == 0o700
    assert mode(directory.path / "secret.key") == 0o600
    assert mode(directory.path / "operator.token") == 0o600
    assert mode(directory.path / "lock") == 0o600


def test_its_secrets_are_made_once(tmp_path: Path) -> None:
    first = DataDirectory.open(tmp_path)
    first.close()
    second = DataDirectory.open(tmp_path)
    second.close()
    assert len(first.secret_key) == 32
    assert len(first.operator_token) >= 32
    assert second.secret_key == first.secret_key
    assert second.operator_token == first.operator_token
    assert not list(tmp_path.glob("*.new"))


def test_two_directories_have_different_secrets(tmp_path: Path) -> None:
    first, second = (DataDirectory.open(tmp_path / name) for name in ("one", "two"))
    first.close()
    second.close()
    assert first.secret_key != second.secret_key
    assert first.operator_token != second.operator_token


def test_a_secret_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    DataDirectory.open(tmp_path).close()
    (tmp_path / "secret.key").chmod(0o644)
    DataDirectory.open(tmp_path).close()
    assert mode(tmp_path / "secret.key") == 0o600


def test_a_crash_while_making_a_secret_leaves_no_half_one(tmp_path: Path) -> None:
    (tmp_path / "secret.key.new").write_bytes(b"half")
    directory = DataDirectory.open(tmp_path)
    directory.close()
    assert len(directory.secret_key) == 32


@pytest.mark.parametrize(
    ("name", "content"), [("secret.key", b"short"), ("operator.token", b"\n")], ids=str
)
def test_a_damaged_secret_is_named_and_gives_the_lock_back(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CannotStart) as refusal:
        DataDirectory.open(tmp_path)
    assert name in one_sentence(refusal)
    (tmp_path / name).unlink()
    DataDirectory.open(tmp_path).close()


def test_a_directory_in_use_is_refused_with_its_holder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(CannotStart) as refusal:
            DataDirectory.open(tmp_path)
        sentence = one_sentence(refusal)
        assert str(tmp_path) in sentence
        assert f"process {holder.pid}" in sentence
        assert refusal.value.exit_status == 1
        holder.kill()
    DataDirectory.open(tmp_path).close()  # the lock ended with its holder


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a directory")
    with pytest.raises(CannotStart) as refusal:
        DataDirectory.open(tmp_path / "data")
    assert "Not a directory" in one_sentence(refusal)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_directory_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotStart) as refusal:
        DataDirectory.open(tmp_path)
    assert "Permission denied" in one_sentence(refusal)


class TestClaim:
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[Database]:
        database = Database.open(tmp_path / "index.sqlite")
        yield database
        await database.aclose()

    async def test_the_first_upstream_owns_it(self, database: Database, tmp_path: Path) -> None:
        await claim(database, tmp_path, "https://ayon.example", adopt=False)
        await claim(database, tmp_path, "https://ayon.example/", adopt=False)

    async def test_another_upstream_is_told_how_to_go_on(
        self, database: Database, tmp_path: Path
    ) -> None:
        await claim(database, tmp_path, "https://ayon.example", adopt=False)
        with pytest.raises(CannotStart) as refusal:
            await claim(database, tmp_path, "https://other.example", adopt=False)
        sentence = one_sentence(refusal)
        for part in (str(tmp_path), "https://ayon.example", "https://other.example"):
            assert part in sentence
        assert ADOPT_VARIABLE in sentence
        assert "--data-dir" in sentence

    async def test_adopting_gives_it_over_for_good(
        self, database: Database, tmp_path: Path
    ) -> None:
        await claim(database, tmp_path, "https://ayon.example", adopt=False)
        await claim(database, tmp_path, "https://other.example", adopt=True)
        await claim(database, tmp_path, "https://other.example", adopt=False)
        with pytest.raises(CannotStart):
            await claim(database, tmp_path, "https://ayon.example", adopt=False)
