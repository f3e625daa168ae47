"""`ayon-proxy demo`: checks its options and starts the tour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ayon_proxy import logs
from ayon_proxy.cli.stopping import until_stopped
from ayon_proxy.cli.tour import run_demo
from ayon_proxy.errors import CannotStart
from ayon_proxy.settings import addresses

T = TypeVar("T")

UPSTREAM_PORT = 8081
"""Beside the proxy's own default."""


def demo(
    host: str | None,
    port: str | None,
    upstream_port: str | None,
    data_dir: str | None,
    *,
    tour: bool,
) -> int:
    """Run until Ctrl-C; the exit status. Raises CannotStart."""
    logs.configure("warning", "auto")
    with until_stopped():
        run_demo(
            _checked("--host", host, addresses.host, "127.0.0.1"),
            _checked("--port", port, addresses.port, 8080),
            _checked("--upstream-port", upstream_port, addresses.port, UPSTREAM_PORT),
            Path(data_dir).expanduser() if data_dir else None,
            tour=tour,
        )
    return 0


def _checked(option: str, text: str | None, parse: Callable[[object], T], default: T) -> T:
    if text is None:
        return default
    try:
        return parse(text)
    except ValueError as error:
        raise CannotStart(f"{option} is {text!r}: {error}.", exit_status=2) from None
