"""What can be typed; a mistake is one sentence on stderr, and the right exit status."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ayon_proxy import __version__
from ayon_proxy.cli import main

COMMANDS = ("serve", "demo", "status")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("AYON_PROXY_")]:
        monkeypatch.delenv(name)


def exit_status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_is_everywhere(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...], flag: str
) -> None:
    assert exit_status(*command, flag) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(" ".join(("Usage: ayon-proxy", *command)))
    assert "│" not in captured.out
    assert captured.err == ""


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status("--version") == 0
    assert capsys.readouterr().out == f"ayon-proxy {__version__}\n"


UPSTREAM = ("--upstream", "http://ayon.example")


@pytest.mark.parametrize(
    ("arguments", "fix"),
    [
        ((), "Missing command"),
        (("serv",), "'serve'"),
        (("purge",), "No such command 'purge'"),
        (("serve", "--nonsense"), "--nonsense"),
        (("serve", "--port"), "--port"),
        (("serve", "more"), "more"),
        (("serve",), "--upstream"),
        (("serve", "--upstream", "ayon.example"), "write https://ayon.example"),
        (("serve", "--upstream", ""), "--upstream is ''"),
        (("serve", *UPSTREAM, "--port", "x"), "--port is 'x'"),
        (("serve", *UPSTREAM, "--host", "http://0.0.0.0"), "--host is 'http://0.0.0.0'"),
        (("serve", *UPSTREAM, "--data-dir", ""), "--data-dir is ''"),
        (("serve", *UPSTREAM, "--config", "/nowhere.toml"), "--config"),
        (("demo", "--port", "70000"), "--port is '70000'"),
        (("demo", "--upstream-port", "x"), "--upstream-port is 'x'"),
        (("demo", "--host", "a b"), "--host is 'a b'"),
        (("status", "--url", "localhost:8080"), "--url is 'localhost:8080'"),
        (("status", "--json", "yes"), "yes"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use_is_one_sentence_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], fix: str
) -> None:
    assert exit_status(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("ayon-proxy: ")
    assert captured.err.count("\n") == 1
    assert fix in captured.err


def test_a_wrong_variable_is_wrong_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AYON_PROXY_UPSTREAM_URL", "http://ayon.example")
    assert exit_status("serve") == 2
    assert "did you mean AYON_PROXY_UPSTREAM__URL?" in capsys.readouterr().err


def test_a_configuration_file_that_is_named_is_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[upstream]\nurl = "http://a"\n[server]\nport = "x"\n')
    assert exit_status("serve", "--config", str(file)) == 2
    assert f"server.port in {file} is 'x'" in capsys.readouterr().err
