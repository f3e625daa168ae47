"""`ayon-proxy serve` as a process: what stops its start, and how it stops."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ayon_proxy.cli import main

DEADLINE = 30.0

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there: the proxy must start all the same."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def command(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if "AYON" not in name.upper()}
    return subprocess.Popen(
        [sys.executable, "-m", "ayon_proxy", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean | variables,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def running(data_dir: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A proxy that answers."""
    process = command(
        "serve",
        *("--upstream", NOWHERE, "--port", str(port), "--data-dir", str(data_dir)),
        AYON_PROXY_LOG__FORMAT="json",
    )
    try:
        _until_healthy(process, port)
        yield process
    finally:
        process.kill()
        process.communicate()


def _until_healthy(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while process.poll() is None and time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/healthy") as answer,
        ):
            assert json.load(answer) == {"status": "ok"}
            return
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"it did not start: {process.communicate()[1]}")


def failure(*arguments: str) -> str:
    """The sentence of a start that fails."""
    process = command("serve", "--upstream", NOWHERE, *arguments)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert out == ""
    assert err.startswith("ayon-proxy: ")
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_orderly_and_no_failure(tmp_path: Path, stop: signal.Signals) -> None:
    with running(tmp_path, free_port()) as process:
        process.send_signal(stop)
        out, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == 0
        assert out == ""
        lines = [json.loads(line) for line in err.splitlines()]
        assert {line["level"] for line in lines} <= {"info", "warning"}


def test_what_another_process_holds_is_refused_with_its_name(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path / "held", port) as process:
        other = str(tmp_path / "other")
        assert f"127.0.0.1:{port}" in failure("--port", str(port), "--data-dir", other)
        held = failure("--port", "0", "--data-dir", str(tmp_path / "held"))
        assert str(tmp_path / "held") in held
        assert str(process.pid) in held


def test_a_data_directory_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert str(file) in failure("--port", "0", "--data-dir", str(file))
    assert str(file) in failure("--port", "0", "--data-dir", str(file / "below"))


def test_what_the_program_is_made_of_is_not_looked_through_for_garbage(tmp_path: Path) -> None:
    """Modules, classes and functions: all requests would wait for it."""
    file = tmp_path / "file"
    file.write_text("")
    options = ["serve", "--upstream", NOWHERE, "--port", "0", "--data-dir", str(file)]
    program = (
        "import atexit, gc; from ayon_proxy.cli import main; "
        "atexit.register(lambda: print(gc.get_freeze_count(), len(gc.get_objects()))); "
        f"main({options!r})"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, check=False, timeout=DEADLINE
    )
    frozen, looked_through = map(int, told.stdout.split())
    assert looked_through < frozen / 10


def test_status_asks_the_proxy_that_the_environment_sets_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with running(tmp_path, port):
        monkeypatch.setenv("AYON_PROXY_SERVER__HOST", "0.0.0.0")
        monkeypatch.setenv("AYON_PROXY_SERVER__PORT", str(port))
        with pytest.raises(SystemExit) as ended:
            main(["status", "--json"])
        assert ended.value.code == 0
        assert json.loads(capsys.readouterr().out)["upstream"]["url"] == NOWHERE
