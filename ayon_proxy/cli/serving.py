"""`ayon-proxy serve`: settings, logs, and the server until it is asked to stop."""

from __future__ import annotations

from collections.abc import Mapping

from ayon_proxy import logs
from ayon_proxy.cli.stopping import until_stopped
from ayon_proxy.server import run
from ayon_proxy.settings import given_settings


def serve(options: Mapping[tuple[str, str], tuple[str, str | None]], config: str | None) -> int:
    """Serve until Ctrl-C or SIGTERM; the exit status. Raises CannotStart."""
    given = {
        place: (option, value) for place, (option, value) in options.items() if value is not None
    }
    settings = given_settings(given, config)
    logs.configure(settings.log.level, settings.log.format)
    with until_stopped():
        run(settings)
    return 0
