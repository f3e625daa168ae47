"""WRITES: makes a folder, describes it, deletes it. Only where AYON_LIVE_WRITES=1 allows it."""

from __future__ import annotations

import asyncio
import os
from uuid import uuid4

import pytest

from tests.clients.subjects import Subjects
from tests.live.conftest import URL, identities
from tests.support.running_proxy import RunningProxy


@pytest.mark.skipif(os.environ.get("AYON_LIVE_WRITES") != "1", reason="AYON_LIVE_WRITES is not 1")
async def test_what_is_written_through_the_proxy_is_read_through_it_at_once(
    subjects: Subjects, proxy: RunningProxy
) -> None:
    project, name = subjects.project, f"ayon_proxy_test_{uuid4().hex[:8]}"

    def seen() -> list[list[str]]:
        """Its description, and whether the hierarchy has it; directly and through the proxy."""
        connections = [identities()["key"].connect(url) for url in (URL, proxy.url)]
        through = connections[-1]
        told: list[list[str]] = [[], []]

        def look() -> None:
            for connection, each in zip(connections, told, strict=True):
                folder = connection.get_rest_folder(project, made)
                names = str(connection.get_folders_hierarchy(project))
                shown = folder and folder["attrib"].get("description")
                each.append(f"{shown}, {name in names}")

        made = through.create_folder(project, name)
        try:
            look()
            through.update_folder(project, made, attrib={"description": "Changed"})
            look()
        finally:
            through.delete_folder(project, made)
        look()
        return told

    directly, through_proxy = await asyncio.to_thread(seen)
    assert through_proxy == directly
    assert directly[1:] == ["Changed, True", "None, False"]
