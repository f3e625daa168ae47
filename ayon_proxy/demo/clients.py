"""Where a request comes from: the client's address and what it says of itself (server.md 3.3)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from starlette.datastructures import Headers


def client_address(headers: Headers, peer: str) -> str:
    """The first element of `X-Forwarded-For`, which anyone may send, else the peer's address."""
    return headers.get("x-forwarded-for", "").split(",")[0].strip() or peer


def is_external(address: str) -> bool:
    """Whether sessions are bound to this address; private and documentation ranges are not."""
    try:
        return not ip_address(address).is_private
    except ValueError:
        return False


def client_info(headers: Headers, peer: str) -> dict[str, Any]:
    """What a session keeps of its client, and what `auth.login` tells everybody."""
    agent = headers.get("user-agent", "")
    platform, version = headers.get("x-ayon-platform"), headers.get("x-ayon-version")
    if platform:
        client = f"Ayon client {version}" if version else None
    else:
        client = agent.partition("/")[0]
    return {
        "ip": client_address(headers, peer),
        "languages": ["en"],
        "location": None,
        "agent": {
            "platform": platform or agent,
            "client": client,
            "device": headers.get("x-ayon-hostname", "Other"),
        },
        "site_id": None,
    }
