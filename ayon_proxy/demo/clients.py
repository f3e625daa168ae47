"""Where a request comes from: the client's address and what it says of itself (server.md 3.3)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from starlette.datastructures import Headers

_PRIVATE = [
    ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7")
]


def client_address(headers: Headers, peer: str) -> str:
    """The first element of `X-Forwarded-For`, which anyone may send, else the peer's address."""
    forwarded = headers.get("x-forwarded-for", "")
    return forwarded.split(",")[0].strip() or peer


def is_external(address: str) -> bool:
    """Whether sessions are bound to this address: private ones never are."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    # Not `is_private`, which counts the documentation networks in; upstream does not.
    return not parsed.is_loopback and not any(
        parsed in network for network in _PRIVATE if network.version == parsed.version
    )


def client_info(headers: Headers, peer: str) -> dict[str, Any]:
    """What a session keeps of its client, and what `auth.login` tells everybody."""
    agent = headers.get("user-agent", "")
    platform, device = headers.get("x-ayon-platform"), headers.get("x-ayon-hostname")
    version = headers.get("x-ayon-version")
    return {
        "ip": client_address(headers, peer),
        "languages": ["en"],
        "location": None,
        "agent": {
            "platform": platform or agent,
            "client": (f"Ayon client {version}" if version else None)
            if platform
            else agent.partition("/")[0],
            "device": device or "Other",
        },
        "site_id": None,
    }
