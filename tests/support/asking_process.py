"""A client process of its own that asks a server the same few questions, by the client library.

`python -m tests.support.asking_process URL TOKEN PROJECT` prints what it was told, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import ayon_api


def told(url: str, token: str, project: str) -> dict[str, Any]:
    """Several fields and ids of each: the library puts both into sets."""
    api = ayon_api.ServerAPI(url, token=token)
    folders = list(api.get_folders(project, fields={"id", "name", "path", "status", "tags"}))
    ids = {each["id"] for each in folders}
    tasks = list(
        api.get_tasks(project, folder_ids=ids, fields={"id", "name", "assignees", "folderId"})
    )
    products = list(api.get_products(project, folder_ids=ids, fields={"id", "name", "folderId"}))
    versions = list(
        api.get_versions(
            project,
            product_ids={each["id"] for each in products},
            fields={"id", "version", "productId", "author", "status"},
        )
    )
    representations = list(
        api.get_representations(
            project,
            version_ids={each["id"] for each in versions},
            fields={"id", "name", "versionId", "files.path", "context"},
        )
    )
    api.close_session()
    return {
        "folders": folders,
        "tasks": tasks,
        "products": products,
        "versions": versions,
        "representations": representations,
    }


async def told_to_process(url: str, token: str, project: str, hash_seed: int) -> dict[str, Any]:
    """What a process with that hash seed is told."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, url, token, project),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(out)
    return found


if __name__ == "__main__":
    print(json.dumps(told(*sys.argv[1:])))
