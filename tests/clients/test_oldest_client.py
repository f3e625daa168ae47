"""The oldest client library that is supported gives the same through the proxy, as the newest does.

It is installed in a directory of its own, which goes first on the path of a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from ayon_proxy.demo.film import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.clients.identities import Identity
from tests.clients.subjects import Subjects
from tests.support.running_proxy import RunningProxy

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.prefix) / "oldest-client"
REQUIREMENTS = (Path(__file__).parent / "oldest-client.txt").read_text().splitlines()
VERSION = next(
    line.partition("==")[2] for line in REQUIREMENTS if line.startswith("ayon-python-api==")
)
FAIL_BY_THEMSELVES = frozenset({"get_addon_settings_schema", "get_last_version_by_product_name"})
"""Methods of that version that today's server refuses, whichever way they are asked."""
ASK_FOR_NOTHING = frozenset(
    {
        *("get_folders", "get_user", "get_addon_settings"),
        *("download_addon_private_file", "download_file", "download_installer"),
    }
)
"""Methods that are also called for what isn't there, or in a way that came later."""


async def old_client(question: dict[str, Any]) -> Any:
    """What the program says, run with the old library before the new one."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "ignore", "-m", "tests.clients.old_client"),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(INSTALLED)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    written, errors = await program.communicate(json.dumps(question).encode())
    assert program.returncode == 0, errors.decode()
    return json.loads(written)


@pytest.mark.parametrize("identity", ["artist"], indirect=True)
async def test_the_oldest_client_gets_the_same(
    identity: Identity, subjects: Subjects, demo: DemoServer, proxy: RunningProxy
) -> None:
    answered = await old_client(
        {
            "subjects": asdict(subjects),
            "credentials": {"service": SERVICE_KEY, "artist": identity.token},
            "direct": demo.url,
            "proxied": proxy.url,
        }
    )
    assert answered["version"] == VERSION
    assert answered["unlike"] == {}
    assert len(answered["found"]) > 85
    failed = {call.partition("(")[0] for call in answered["raised"]}
    assert failed == FAIL_BY_THEMSELVES | ASK_FOR_NOTHING
    assert proxy.assembled.cache.traffic.hits > 50
