"""Certificates of an authority that nobody knows, made with OpenSSL's command."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "open, sesame"


@dataclass(frozen=True, slots=True)
class Issued:
    """PEM files: a certificate, its key, and the same key with a password."""

    certificate: Path
    key: Path
    locked_key: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """`certificate` is its own."""

    folder: Path
    certificate: Path
    key: Path

    def issue(self, name: str, alternative: str = "IP:127.0.0.1") -> Issued:
        """A certificate for a server or a client."""
        made = Issued(*(self.folder / f"{name}.{end}" for end in ("pem", "key", "locked")))
        request, extra = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={alternative}\n")
        subject, signed_by = ("-subj", f"/CN={name}"), ("-CA", self.certificate, "-CAkey", self.key)
        openssl("req -newkey rsa:2048 -nodes", *subject, "-keyout", made.key, "-out", request)
        signing = (*signed_by, "-in", request, "-extfile", extra, "-out", made.certificate)
        openssl("x509 -req -CAcreateserial -days 1", *signing)
        locking = ("-in", made.key, "-passout", f"pass:{PASSWORD}", "-out", made.locked_key)
        openssl("rsa -aes256", *locking)
        return made


def authority(folder: Path) -> Authority:
    """A new one."""
    made = Authority(folder, folder / "authority.pem", folder / "authority.key")
    named = ("-subj", "/CN=authority of a test", "-addext", "keyUsage=critical,keyCertSign")
    kept = ("-keyout", made.key, "-out", made.certificate)
    openssl("req -x509 -newkey rsa:2048 -nodes -days 1", *named, *kept)
    return made


def openssl(words: str, *arguments: str | Path) -> None:
    """Run the command; skips the test on a machine that has none."""
    command = shutil.which("openssl")
    if command is None:
        pytest.skip("openssl makes the certificates")
    subprocess.run([command, *words.split(), *arguments], check=True, capture_output=True)


@asynccontextmanager
async def tls_front(
    port: int, shown: Issued, clients: Path | None = None
) -> AsyncIterator[tuple[int, list[bool]]]:
    """TLS before a server: its port, and a list that grows with each connection that was accepted.

    Only clients with a certificate of the authority `clients` are, where that is given.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown.certificate, shown.key)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cafile=clients)
    accepted: list[bool] = []
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        accepted.append(writer.get_extra_info("peercert") is not None)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.wait(
                [
                    asyncio.ensure_future(_pass(reader, back)),
                    asyncio.ensure_future(_pass(there, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
            back.close()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], accepted
    finally:
        server.close()
        for task in tasks:
            task.cancel()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        return
