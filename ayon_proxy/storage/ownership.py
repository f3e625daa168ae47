"""Which AYON server a data directory belongs to: answers of one are never given for another."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ayon_proxy.errors import CannotStart
from ayon_proxy.storage import meta
from ayon_proxy.storage.database import Database

ADOPT_VARIABLE = "AYON_PROXY_STORAGE__ADOPT"
"""The setting that gives a data directory to another address of the same server."""


async def claim(database: Database, directory: Path, upstream_url: str, *, adopt: bool) -> None:
    """Make the directory `upstream_url`'s, or see that it already is.

    With `adopt` it is given over, with all that is stored. Raises CannotStart when it is another's.
    """
    wanted = upstream_url.rstrip("/")
    owner = await database.read(partial(meta.fact, key=meta.UPSTREAM_URL))
    if owner == wanted:
        return
    if owner is not None and not adopt:
        raise CannotStart(
            f"The data directory {directory} belongs to {owner}, not to {wanted}: if both are the "
            f"same server set {ADOPT_VARIABLE}=true once, else start empty with another directory "
            "(--data-dir)."
        )
    await database.write(partial(meta.set_fact, key=meta.UPSTREAM_URL, value=wanted))
