"""The proxy on a machine whose clock is set otherwise than this one's.

`python -m tests.support.proxy_of_another_time SECONDS OPTION…`: `ayon-proxy serve` with these
options, that many seconds from now.
"""

from __future__ import annotations

import sys
import time
from functools import partial
from itertools import pairwise

from ayon_proxy import logs
from ayon_proxy.cli.stopping import until_stopped
from ayon_proxy.server import run
from ayon_proxy.settings import given_settings
from ayon_proxy.system_clock import SystemClock

PLACES = {
    "--upstream": ("upstream", "url"),
    "--port": ("server", "port"),
    "--data-dir": ("storage", "data_dir"),
}


def wall(shift: float) -> float:
    """Seconds since the epoch, as that machine has them."""
    return time.time() + shift


def main(shift: str, *arguments: str) -> None:
    """Serve until SIGTERM."""
    given = {PLACES[option]: (option, value) for option, value in list(pairwise(arguments))[::2]}
    settings = given_settings(given, None)
    logs.configure(settings.log.level, settings.log.format)
    with until_stopped():
        run(settings, SystemClock(partial(wall, float(shift))))


if __name__ == "__main__":
    main(*sys.argv[1:])
