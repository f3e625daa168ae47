"""Clients of upstream that are closed at the end of their test, and a certificate for upstream."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from ayon_proxy.upstream.client import HttpUpstream

Connect = Callable[..., HttpUpstream]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes clients: `connect(url, **settings)`."""
    async with AsyncExitStack() as stack:

        def connect(url: str, **settings: Any) -> HttpUpstream:
            upstream = HttpUpstream(url, **settings)
            stack.push_async_callback(upstream.aclose)
            return upstream

        yield connect


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    command = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test -out cert -keyout key"
    names = "subjectAltName=IP:127.0.0.1"
    subprocess.run(
        [openssl, *command.split(), "-addext", names], cwd=folder, check=True, capture_output=True
    )
    both = folder / "both.pem"
    both.write_bytes((folder / "cert").read_bytes() + (folder / "key").read_bytes())
    return both


def serving_context(certificate: Path) -> ssl.SSLContext:
    """What a server needs that has this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
