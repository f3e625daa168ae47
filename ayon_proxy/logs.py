"""Structured log lines on stderr: for people on a terminal, else JSON.

Secrets never get into them: libraries, whose debug lines show header fields and URLs, are heard
from WARNING on; tracebacks carry no variables; what is named like a secret is taken out.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.typing import Processor

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]

LEVELS: Final[Mapping[Level, int]] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

HIDDEN: Final = "***"

_SECRET_NAME = re.compile(
    r"api[-_]?key|authorization|cookie|password|secret|^token$|access[-_]?token", re.IGNORECASE
)
_SECRET_PARAMETER = re.compile(r"(?i)\b((?:access_?)?token|api_?key|password)=[^&\s\"']+")
_CREDENTIALS_IN_URL = re.compile(r"://[^/\s@]+@")


def configure(level: Level, form: Format, stream: TextIO | None = None) -> None:
    """Have structlog and logging write to `stream`, stderr where there is none."""
    stream = stream or sys.stderr
    pretty = form == "console" or (form == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[Processor] = [without_secrets, _renderer(stream, pretty)]
    if not pretty:
        rendering.insert(0, structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(stream),
    )
    libraries = logging.StreamHandler(stream)
    libraries.addFilter(_without_traceback_of_undecodable_text)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [libraries]
    root.setLevel(max(LEVELS[level], logging.WARNING))


def _without_traceback_of_undecodable_text(record: logging.LogRecord) -> bool:
    """uvicorn shows where it failed to decode a websocket message that is not UTF-8: a client's
    fault, and said well enough by the line itself."""
    if record.name == "uvicorn.error" and isinstance(record.exc_info, tuple):
        kind = record.exc_info[0]
        if kind is not None and issubclass(kind, UnicodeDecodeError):
            record.exc_info = None
    return True


def _renderer(stream: TextIO, pretty: bool) -> Processor:
    if pretty:
        return structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.processors.JSONRenderer(default=str)


def without_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The event with secrets hidden: by the name of a member, and inside of text."""
    for name, value in event.items():
        event[name] = HIDDEN if _SECRET_NAME.search(name) else _hidden(value)
    return event


def _hidden(value: object) -> object:
    if isinstance(value, str):
        value = _SECRET_PARAMETER.sub(rf"\1={HIDDEN}", value)
        return _CREDENTIALS_IN_URL.sub(f"://{HIDDEN}@", value)
    if isinstance(value, Mapping):
        return without_secrets(None, "", {str(name): inner for name, inner in value.items()})
    return value
