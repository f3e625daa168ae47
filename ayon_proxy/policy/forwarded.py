"""Who the client is, and what upstream is told about it.

AYON takes the *first* element of X-Forwarded-For for the client's address, from anyone. It
throttles logins by that address and ends a session whose address changes (upstream/server.md 3.3).
So each client has one value, its own address, the same for everything it asks; what it claims
itself is replaced. Only a trusted proxy before us is believed, and only about hops that it can have
seen: the client is the last element that is no trusted proxy, since all before it is hearsay.

From X-Forwarded-Proto and -Host (and Referer, which is left alone) AYON builds the URLs of mails
and sign-on redirects (upstream/server.md 7). A trusted proxy knows them, so its values pass
untouched; anyone else's are removed, lest one client decides what stands in an answer that others
share. We add none: clients send the proxy's own URL as Referer. Forwarded (RFC 7239) is always
removed: AYON does not read it, and it would contradict what we say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from ayon_proxy.policy.fields import values, without
from ayon_proxy.policy.message import Fields

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

CLAIMED = (b"x-forwarded-", b"x-real-ip")
"""Beginnings of names by which a proxy tells about its client."""


def networks(trusted: Iterable[str | Network]) -> tuple[Network, ...]:
    """Addresses and networks ("10.0.0.7", "10.1.0.0/16", "fd00::/8"), read.

    Raises ValueError when one of them is neither.
    """
    return tuple(ip_network(str(network)) for network in trusted)


def client_address(fields: Fields, peer: str | None, trusted: Collection[Network]) -> str | None:
    """The client's address; `peer` is the other end of the connection, None for a local socket."""
    client = _address(peer)
    for claim in reversed(values(fields, b"x-forwarded-for")):
        if not _among(client, trusted):
            break
        before = _address(claim.decode("latin-1"))
        if before is None:
            break
        client = before
    return None if client is None else str(client)


def forwarded_fields(fields: Fields, peer: str | None, trusted: Collection[Network]) -> Fields:
    """The request's fields with what upstream may believe about the client."""
    removed = {b"x-forwarded-for", b"forwarded"}
    if not _among(_address(peer), trusted):
        removed |= {name for name, _ in fields if name.startswith(CLAIMED)}
    client = client_address(fields, peer, trusted)
    kept = without(fields, removed)
    return kept if client is None else (*kept, (b"x-forwarded-for", client.encode("ascii")))


def is_loopback(peer: str | None, fields: Fields) -> bool:
    """Whether a client on this machine asks, itself: no proxy speaks for another behind it."""
    address = _address(peer)
    return (
        address is not None
        and address.is_loopback
        and not any(
            name in (b"forwarded", b"via") or name.startswith(b"x-forwarded-") for name, _ in fields
        )
    )


def among(address: str | None, networks: Collection[Network]) -> bool:
    """Whether the address of a connection's other end lies in one of the networks."""
    return _among(_address(address), networks)


def _among(address: Address | None, networks: Collection[Network]) -> bool:
    return address is not None and any(address in network for network in networks)


def _address(text: str | None) -> Address | None:
    """An address, also in the spellings of Forwarded fields: with a port, in brackets, quoted."""
    if text is None:
        return None
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A dual-stack socket shows IPv4 peers like this; one client, one spelling.
    return getattr(address, "ipv4_mapped", None) or address
