"""Varnish with its storage in memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks.servers import Serving, free_port, started

CONFIGURATION = """
vcl 4.1;
backend ayon {{ .host = "127.0.0.1"; .port = "{upstream}"; }}
sub vcl_recv {{ return (hash); }}
sub vcl_backend_response {{
    unset beresp.http.Set-Cookie;
    unset beresp.http.Vary;
    set beresp.ttl = 1h;
    return (deliver);
}}
sub vcl_deliver {{
    if (obj.hits > 0) {{ set resp.http.Cache-Status = "HIT"; }}
}}
"""


class Varnish:
    """It checks no credential, and keeps no answers to POST."""

    name = "varnish"

    @property
    def missing(self) -> str | None:
        return None if _program() else "Varnish is not installed: nothing stands beside it"

    @asynccontextmanager
    async def serving(self, upstream: int, folder: Path) -> AsyncIterator[Serving]:
        """With one pool of threads, for one core."""
        own, port = folder / "varnish", free_port()
        own.mkdir()
        file = own / "bench.vcl"
        file.write_text(CONFIGURATION.format(upstream=upstream))
        program = _program()
        assert program is not None
        async with started(
            *(self.name, port, program, "-F", "-j", "none", "-n", str(own / "work")),
            *("-a", f"127.0.0.1:{port}", "-f", str(file), "-s", "malloc,512m"),
            *("-p", "thread_pools=1", "-p", "listen_depth=4096"),
        ) as serving:
            yield serving


def _program() -> str | None:
    return shutil.which("varnishd", path=os.environ.get("PATH", "") + ":/usr/sbin")
