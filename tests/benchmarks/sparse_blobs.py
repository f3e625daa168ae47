"""Files that are stored as far as anybody can see, and take no space: holes."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from dataclasses import replace
from pathlib import Path

from ayon_proxy.storage.packing import row_values
from ayon_proxy.storage.statements import PUT, PUT_BLOB
from tests.support.builders import stored_response


def add_sparse_blobs(data_dir: Path, number: int, size: int) -> None:
    """So many files of that size, each with its row, beside what is stored already."""
    rows = []
    for position in range(number):
        digest = hashlib.sha256(b"%d" % position).digest()
        name = digest.hex()
        path = data_dir / "blobs" / name[:2] / name[2:]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        os.truncate(path, size)
        key = hashlib.sha256(b"row %d" % position).digest()
        stored = replace(stored_response(key, in_blob=True), size=size, digest=digest)
        rows.append({**row_values(stored), "last_used_at": float(position)})
    with sqlite3.connect(data_dir / "index.sqlite") as connection:
        connection.executemany(PUT.sql, rows)
        connection.executemany(
            PUT_BLOB.sql, [{"digest": each["digest"], "size": size} for each in rows]
        )
    connection.close()
