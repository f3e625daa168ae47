"""`ayon-proxy status` before a server that answers as told."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from rich.console import Console

from ayon_proxy.cli import main
from ayon_proxy.cli.status_table import duration_text, hit_share, size_text, status_table

DOCUMENT: dict[str, Any] = {
    "version": "0.1.0",
    "uptime_seconds": 93784.5,
    "upstream": {
        "url": "https://ayon.example",
        "state": "offline",
        "since": 1764000000.0,
        "version": None,
        "last_error": "[red]refused[/]",
    },
    "feed": {
        "state": "disabled",
        "last_message_at": None,
        "applied": 0,
        "detail": "There is no key of a service user, so only the short lifetimes apply.",
    },
    "storage": {"responses": 12345, "response_bytes": 3 * 1024**2, "max_bytes": 50 * 1024**3},
    "traffic": {"requests": 9, "hits": 5, "stale": 1, "misses": 2},
    "identity": {"known": 3},
}

Serve = Callable[[int, bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that gives one answer to everything; its URL."""
    with ExitStack() as stack:
        yield lambda status, content: stack.enter_context(_serving(status, content))


@contextmanager
def _serving(status: int, content: bytes) -> Iterator[str]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/-/status" else 500)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def exit_status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["status", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_json_is_the_document(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status("--json", "--url", serve(200, json.dumps(DOCUMENT).encode())) == 0
    assert json.loads(capsys.readouterr().out) == DOCUMENT


def test_the_table_is_printed(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status("--url", serve(200, json.dumps(DOCUMENT).encode()) + "/") == 0
    assert "https://ayon.example" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "content", "fix"),
    [
        (403, b'{"detail": "no"}', "on the machine where it runs"),
        (404, b"{}", "is no ayon-proxy (status 404)"),
        (200, b"<html>", "is no ayon-proxy"),
        (200, b"[]", "is no ayon-proxy"),
        (200, b'{"version": "1.15"}', "is no ayon-proxy"),
        (500, json.dumps(DOCUMENT).encode(), "is no ayon-proxy (status 500)"),
    ],
)
def test_an_answer_that_is_no_status_is_one_sentence(
    serve: Serve, capsys: pytest.CaptureFixture[str], status: int, content: bytes, fix: str
) -> None:
    assert exit_status("--url", serve(status, content)) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert fix in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://a.invalid"])
def test_a_proxy_that_does_not_answer_is_one_sentence(
    capsys: pytest.CaptureFixture[str], url: str
) -> None:
    assert exit_status("--url", url) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"ayon-proxy: No proxy can be reached at {url} (")
    assert captured.err.count("\n") == 1


def test_the_table_reads_as_people_do() -> None:
    shown = io.StringIO()
    Console(file=shown, width=120).print(status_table(DOCUMENT))
    rows = [" ".join(line.split()) for line in shown.getvalue().splitlines()]
    assert rows[0] == "ayon-proxy version 0.1.0"
    for row in (
        "uptime 1d 2h",
        "last error [red]refused[/]",
        "state offline",
        "storage responses 12,345",
        "response bytes 3.0 MiB",
        "max bytes 50.0 GiB",
        "answered from store 75% of 8",
        "feed state disabled",
        "detail There is no key of a service user, so only the short lifetimes apply.",
    ):
        assert row in rows
    assert not any("None" in row or row.startswith("last message") for row in rows)
    assert any(row.startswith("since 2025-11-2") for row in rows)


def test_a_document_of_another_version_is_shown_as_far_as_it_is_known() -> None:
    assert status_table({"traffic": {}, "storage": "?", "future": {"x": 1}}).row_count == 1


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1536 * 1024**2, "1.5 GiB")],
)
def test_sizes_read(size: int, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.9, "59s"), (60, "1m"), (3661, "1h 1m"), (90000, "1d 1h"), (86405, "1d 5s")],
)
def test_durations_read(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_nothing_asked_is_no_share() -> None:
    assert hit_share({}) == "nothing asked yet"
