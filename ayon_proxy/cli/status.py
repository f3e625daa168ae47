"""`ayon-proxy status`: asks a running proxy what it is doing, and shows it."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import orjson
from rich.console import Console

from ayon_proxy.cli.status_table import status_table
from ayon_proxy.errors import CannotStart
from ayon_proxy.server_tls import asking_context
from ayon_proxy.settings import Server, addresses, given_settings
from ayon_proxy.upstream.tls import tls_context

PATIENCE_SECONDS = 5.0

_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask one that listens there


def status(url: str | None, *, as_json: bool) -> int:
    """Print the status; the exit status. Raises CannotStart where there is none to be had."""
    if url is not None:
        document = _asked(_checked(url), tls_context())
    else:
        server = _own_server()
        document = _asked(address_of(server), asking_context(server) or tls_context())
    if as_json:
        print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        Console().print(status_table(document))
    return 0


def _own_server() -> Server:
    """The proxy that the environment sets up. Raises CannotStart."""
    # Upstream is not asked: any address does where none is set.
    return given_settings(assuming={"upstream": {"url": "http://localhost"}}).server


def address_of(server: Server) -> str:
    """Where it listens, for who asks on the same machine."""
    host = _REACHABLE.get(server.host, server.host)
    scheme = "http" if server.tls_certificate is None else "https"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{server.port}"


def _checked(url: str) -> str:
    try:
        return addresses.web_address(url, "a proxy's address is like http://127.0.0.1:8080")
    except ValueError as error:
        raise CannotStart(f"--url is {url!r}: {error}.", exit_status=2) from None


def _asked(url: str, trusted: ssl.SSLContext) -> dict[str, Any]:
    """The status document. Raises CannotStart when what is there gives none."""
    try:
        # Not by way of the environment's proxies: this one stands on our own side of them.
        with httpx.Client(verify=trusted, trust_env=False, timeout=PATIENCE_SECONDS) as client:
            answer = client.get(f"{url}/-/status")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise CannotStart(
            f"No proxy can be reached at {url} ({why}): start it with ayon-proxy serve, or name "
            "another with --url."
        ) from None
    if answer.status_code == 403:
        raise CannotStart(
            f"The proxy at {url} shows its status to its own machine and to AYON managers only: "
            "ask on the machine where it runs."
        )
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        document = None
    if answer.status_code != 200 or not isinstance(document, dict) or "traffic" not in document:
        raise CannotStart(
            f"What answers at {url} is no ayon-proxy (status {answer.status_code}): "
            "name the proxy's own address with --url."
        )
    return document
