"""What the README has a newcomer type works as it stands."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

from ayon_proxy.demo.film import FILM, SERVICE_KEY
from tests.support.running_proxy import RunningProxy

README = Path(__file__).parents[2] / "README.md"


async def test_the_line_for_the_client_library_tells_the_projects(proxy: RunningProxy) -> None:
    """Broken once: it printed the generator."""
    lines = re.findall(
        r"(?m)^\$ AYON_SERVER_URL=\S+ AYON_API_KEY=(\S+) \S+/python -c '(.*)'$", README.read_text()
    )
    ((key, code),) = lines
    assert key == SERVICE_KEY
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code),
        env={**os.environ, "AYON_SERVER_URL": proxy.url, "AYON_API_KEY": key},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert FILM in said.decode()
