"""The commands. Exit status: 0 done, 1 failed, 2 wrong use; an error is one sentence on stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from typer import TyperException

from ayon_proxy.cli.commands import commands
from ayon_proxy.errors import CannotStart

PROGRAM = "ayon-proxy"


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command, by default the one on the command line, and exit."""
    try:
        status = commands(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    except TyperException as error:
        wrong = " ".join(error.format_message().split()).rstrip(".")
        status = _failed(f"{wrong} (see {PROGRAM} --help).", 2)
    except CannotStart as error:
        status = _failed(str(error), error.exit_status)
    sys.exit(status or 0)


def _failed(sentence: str, status: int) -> int:
    print(f"{PROGRAM}: {sentence}", file=sys.stderr)
    return status
