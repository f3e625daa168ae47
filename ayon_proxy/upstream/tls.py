"""Whom we trust as the AYON server, and who we are to it: certificates, for every way to ask it.

The system's trust store is always believed, and so is an authority that the operator names. Files
are read once, at the start.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import truststore
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ayon_proxy.errors import CannotStart

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
"""Where systems keep all authorities in one file, when OpenSSL itself names none."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. Without a `client_key` the client certificate's file holds the key, too."""

    ca_file: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None

    @property
    def own(self) -> tuple[str, str] | str | None:
        """The client certificate as `requests` takes it."""
        if self.client_certificate is None:
            return None
        if self.client_key is None:
            return str(self.client_certificate)
        return str(self.client_certificate), str(self.client_key)


NO_FILES = TlsFiles()


def tls_context(files: TlsFiles = NO_FILES) -> ssl.SSLContext:
    """A context that checks upstream's certificate, and shows ours. Raises CannotStart.

    A studio's private authority that is installed on the machine needs no further setting. On
    Linux, OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR are honoured.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if files.ca_file is not None:
        load_authorities(context, files.ca_file, "upstream.ca_file")
    if files.client_certificate is not None:
        load_pair(context, files.client_certificate, files.client_key, "upstream.client")
    return context


def load_authorities(context: ssl.SSLContext, file: Path, name: str) -> None:
    """Have the context believe what is in the file. Raises CannotStart."""
    try:
        context.load_verify_locations(cafile=file)
    except (OSError, ValueError) as error:
        raise CannotStart(
            f"{file} can't be used as {name}: it must hold certificates, as PEM ({why(error)})."
        ) from None


def load_pair(
    context: ssl.SSLContext,
    certificate: Path,
    key: Path | None,
    name: str,
    password: str | None = None,
) -> None:
    """Have the context show a certificate. `name` is how its two settings begin.

    Raises CannotStart: never asks at the terminal for the password of a key.
    """
    asked = False

    def given() -> str:
        nonlocal asked
        asked = True
        if password is None:
            raise ValueError("no password")
        return password

    try:
        context.load_cert_chain(certificate, key, password=given)
    except (OSError, ValueError) as error:
        if asked:
            fix = "its password is not the one of the key" if password else "the key has a password"
        elif isinstance(error, ssl.SSLError):
            fix = "they must be a certificate with its chain and the key that belongs to it, as PEM"
        else:
            fix = "the files can't be read"
        files = f"{certificate} and {key}" if key else f"{certificate}"
        raise CannotStart(
            f"{files} can't be used as {name}_certificate and {name}_key: {fix} ({why(error)})."
        ) from None


def why(error: Exception) -> str:
    """The cause in a few words, without OpenSSL's places in its source."""
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM").lower().replace("_", " ")
    return (isinstance(error, OSError) and error.strerror) or str(error)


@contextmanager
def authorities(files: TlsFiles = NO_FILES) -> Iterator[str]:
    """A file of all authorities that we trust, for a library that takes nothing else.

    Where the system keeps them in no file (macOS, Windows), those of `requests` stand in for it.
    """
    system = _system_bundle()
    if files.ca_file is None:
        yield system
        return
    with TemporaryDirectory(prefix="ayon-proxy-tls-") as folder:
        both = Path(folder) / "authorities.pem"
        both.write_bytes(Path(system).read_bytes() + b"\n" + files.ca_file.read_bytes())
        yield str(both)


def _system_bundle() -> str:
    named = ssl.get_default_verify_paths().cafile
    candidates = (named, *BUNDLES) if os.name == "posix" else (named,)
    return next((one for one in candidates if one and Path(one).is_file()), DEFAULT_CA_BUNDLE_PATH)
