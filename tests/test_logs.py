"""Log lines: their form, their level, and that no secret gets into them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from ayon_proxy import logs

SECRET = "hunter2"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where `configure` is to write; what was set up before comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_json_line_holds_event_level_time_and_facts(stream: io.StringIO) -> None:
    logs.configure("info", "json", stream)
    structlog.get_logger().info("evicted", bytes=5, url="/api/ü")
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "evicted", "level": "info", "bytes": 5, "url": "/api/ü"}


def test_without_a_terminal_lines_are_json(stream: io.StringIO) -> None:
    logs.configure("info", "auto", stream)
    structlog.get_logger().info("evicted")
    assert len(lines(stream)) == 1


def test_console_lines_are_for_people(stream: io.StringIO) -> None:
    logs.configure("info", "console", stream)
    structlog.get_logger().info("evicted", bytes=5)
    assert "evicted" in stream.getvalue()
    assert "bytes=5" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_a_level_hears_itself_and_what_is_graver(
    stream: io.StringIO, level: logs.Level, heard: list[str]
) -> None:
    logs.configure(level, "json", stream)
    for name in ("debug", "info", "warning", "error"):
        getattr(structlog.get_logger(), name)("something")
    assert [line["level"] for line in lines(stream)] == heard


@pytest.mark.parametrize("form", ["json", "console"])
def test_libraries_are_heard_from_warning_on_in_the_same_form(
    stream: io.StringIO, form: logs.Format
) -> None:
    logs.configure("debug", form, stream)
    library = logging.getLogger("httpcore.http11")
    library.debug("send_request_headers authorization=%s", SECRET)
    library.info("GET %s", SECRET)
    library.warning("odd: %s", "thing")
    assert SECRET not in stream.getvalue()
    assert stream.getvalue().count("\n") == 1
    assert "odd: thing" in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "facts",
    [
        {"api_key": SECRET},
        {"X-Api-Key": SECRET},
        {"Authorization": f"Bearer {SECRET}"},
        {"cookie": f"accessToken={SECRET}"},
        {"fields": {"authorization": SECRET}},
        {"token": SECRET},
        {"url": f"/api/x?a=1&token={SECRET}&b=2"},
        {"reason": f"no answer from https://artist:{SECRET}@ayon.example/api"},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_a_secret_is_hidden(stream: io.StringIO, form: logs.Format, facts: dict[str, Any]) -> None:
    logs.configure("info", form, stream)
    structlog.get_logger().info("something", **facts)
    assert "something" in stream.getvalue()
    assert logs.HIDDEN in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_what_is_no_secret_stays(stream: io.StringIO) -> None:
    logs.configure("info", "json", stream)
    structlog.get_logger().info("something", url="/api/x?tokens=1", keys=3, tokenised="yes")
    (line,) = lines(stream)
    assert (line["url"], line["keys"], line["tokenised"]) == ("/api/x?tokens=1", 3, "yes")


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_traceback_shows_no_variables(stream: io.StringIO, form: logs.Format) -> None:
    logs.configure("info", form, stream)
    value = "".join(("hun", "ter2"))
    try:
        _fail(value)
    except KeyError:
        structlog.get_logger().exception("broke")
        logging.getLogger("uvicorn.error").exception("broke, too")
    assert stream.getvalue().count("KeyError: 'nothing'") == 2
    assert SECRET not in stream.getvalue()


def _fail(_value: str) -> None:
    raise KeyError("nothing")
