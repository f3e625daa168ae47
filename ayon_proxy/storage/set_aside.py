"""A broken database file is moved out of the way: what it held was a cache.

SQLite notices a broken page only when it reads it, perhaps days after the start. The file is then
marked as suspect and set aside at the next start. The newest broken file is kept for whoever wants
to look into it; older ones go.
"""

from __future__ import annotations

import time
from pathlib import Path

from ayon_proxy.storage.free_space import COMPANIONS


def mark_suspect(database: Path) -> None:
    """Have it set aside at the next start."""
    _suspicion(database).touch(mode=0o600)


def suspect(database: Path) -> bool:
    """Whether an earlier run found it broken."""
    return _suspicion(database).exists()


def set_aside(database: Path) -> Path:
    """Rename it, and its WAL with it, to `<name>.corrupt-<time>`; the new path."""
    for earlier in database.parent.glob(f"{database.name}.corrupt-*"):
        earlier.unlink(missing_ok=True)
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside = database.with_name(f"{database.name}.corrupt-{moment}")
    database.rename(aside)
    for companion in COMPANIONS:
        beside = Path(f"{database}{companion}")
        if beside.exists():
            beside.rename(f"{aside}{companion}")
    _suspicion(database).unlink(missing_ok=True)
    return aside


def _suspicion(database: Path) -> Path:
    return database.with_name(f"{database.name}.suspect")
