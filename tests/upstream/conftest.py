"""Clients of upstream that are closed at the end of their test, and a certificate for upstream."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from ayon_proxy.upstream.client import HttpUpstream
from tests.support.certificates import openssl

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
    folder = tmp_path_factory.mktemp("tls")
    certificate, key, both = (folder / name for name in ("cert", "key", "both.pem"))
    named = ("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1")
    kept = ("-out", certificate, "-keyout", key)
    openssl("req -x509 -newkey rsa:2048 -nodes -days 1", *named, *kept)
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    return both


def serving_context(certificate: Path) -> ssl.SSLContext:
    """What a server needs that has this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
