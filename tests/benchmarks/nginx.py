"""nginx with `proxy_cache`, set up as well as it can be for what is measured here."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.benchmarks.servers import Serving, free_port, started

CONFIGURATION = """
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=10m;
    open_file_cache_valid 10m;
    client_body_buffer_size 64k;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache levels=1:2 keys_zone=bench:16m max_size=4g inactive=1h
                     use_temp_path=off;
    upstream ayon {{ server 127.0.0.1:{upstream}; keepalive 64; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://ayon;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Accept-Encoding "";
            proxy_buffers 64 16k;
            proxy_cache bench;
            proxy_cache_lock on;
            proxy_cache_lock_timeout 10m;
            proxy_cache_methods GET HEAD POST;
            proxy_cache_key $request_method$request_uri$request_body;
            proxy_cache_valid 200 1h;
            proxy_ignore_headers Cache-Control Expires Vary Set-Cookie;
            add_header Cache-Status $upstream_cache_status;
        }}
    }}
}}
"""


class Nginx:
    """It checks no credential: whoever knows an address gets what is kept for it."""

    name = "nginx"

    @property
    def missing(self) -> str | None:
        return None if _program() else "nginx is not installed: nothing stands beside it"

    @asynccontextmanager
    async def serving(self, upstream: int, folder: Path) -> AsyncIterator[Serving]:
        """With one worker."""
        own, port = folder / "nginx", free_port()
        own.mkdir()
        # Only root may say who the worker is; another's worker is its own.
        user = f"user {_user()} {_group()};" if os.geteuid() == 0 else ""
        file = own / "nginx.conf"
        file.write_text(CONFIGURATION.format(user=user, folder=own, upstream=upstream, port=port))
        program = _program()
        assert program is not None
        async with started(
            self.name, port, program, "-c", str(file), "-e", str(own / "error.log")
        ) as serving:
            yield serving


def _user() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _group() -> str:
    return grp.getgrgid(os.getegid()).gr_name


def _program() -> str | None:
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
