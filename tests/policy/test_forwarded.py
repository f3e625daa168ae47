"""Who the client is. Mutations that must each fail: believe the first element instead of walking
back; walk on past an untrusted hop; keep X-Forwarded-Host of anyone; ignore Via for loopback."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.fields import values
from ayon_proxy.policy.forwarded import (
    client_address,
    forwarded_fields,
    is_loopback,
    networks,
)

TRUSTED = networks(["10.0.0.7", "10.1.0.0/16", "fd00::/8"])


@pytest.mark.parametrize(
    ("peer", "claims", "client"),
    [
        ("192.168.1.5", [], "192.168.1.5"),
        ("192.168.1.5", ["1.2.3.4"], "192.168.1.5"),
        ("10.0.0.7", [], "10.0.0.7"),
        ("10.0.0.7", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.7", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.7", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        ("10.0.0.7", ["6.6.6.6, 1.2.3.4, 10.1.9.9"], "1.2.3.4"),
        ("10.0.0.7", ["10.1.9.9"], "10.1.9.9"),
        ("10.0.0.7", ["1.2.3.4, unknown"], "10.0.0.7"),
        ("10.0.0.7", ["1.2.3.4:5678"], "1.2.3.4"),
        ("10.0.0.7", ['"[2001:db8::1]:80"'], "2001:db8::1"),
        ("10.0.0.7", ["2001:db8::1"], "2001:db8::1"),
        ("::ffff:10.0.0.7", ["::ffff:1.2.3.4"], "1.2.3.4"),
        ("fd00::1", ["1.2.3.4"], "1.2.3.4"),
        ("fe80::1%eth0", ["1.2.3.4"], "fe80::1"),
        ("127.0.0.1", ["1.2.3.4"], "127.0.0.1"),
        (None, ["1.2.3.4"], None),
        ("testclient", ["1.2.3.4"], None),
    ],
)
def test_the_client_is_the_last_hop_that_is_not_trusted(
    peer: str | None, claims: list[str], client: str | None
) -> None:
    fields = tuple((b"x-forwarded-for", claim.encode()) for claim in claims)
    assert client_address(fields, peer, TRUSTED) == client
    told = values(forwarded_fields(fields, peer, TRUSTED), b"x-forwarded-for")
    assert told == ([] if client is None else [client.encode()])


FIELDS = (
    (b"accept", b"*/*"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-host", b"evil.example"),
    (b"forwarded", b"for=1.2.3.4"),
    (b"x-real-ip", b"1.2.3.4"),
    (b"referer", b"http://proxy:8080"),
    (b"x-forwarded-for", b"1.2.3.4"),
)


def test_anyones_claims_are_replaced() -> None:
    assert forwarded_fields(FIELDS, "192.168.1.5", TRUSTED) == (
        (b"accept", b"*/*"),
        (b"referer", b"http://proxy:8080"),
        (b"x-forwarded-for", b"192.168.1.5"),
    )


def test_a_trusted_proxy_knows_its_name_and_scheme() -> None:
    assert forwarded_fields(FIELDS, "10.0.0.7", TRUSTED) == (
        (b"accept", b"*/*"),
        (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"evil.example"),
        (b"x-real-ip", b"1.2.3.4"),
        (b"referer", b"http://proxy:8080"),
        (b"x-forwarded-for", b"1.2.3.4"),
    )


@pytest.mark.parametrize("name", [b"via", b"forwarded", b"x-forwarded-for", b"x-forwarded-proto"])
def test_a_proxied_request_is_not_is_loopback(name: bytes) -> None:
    assert not is_loopback("127.0.0.1", ((name, b"x"),))


@pytest.mark.parametrize(
    ("peer", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.168.1.5", False),
        ("0.0.0.0", False),
        (None, False),
        ("localhost", False),
    ],
)
def test_loopback_is_the_peers_address(peer: str | None, loopback: bool) -> None:
    assert is_loopback(peer, ((b"host", b"localhost"),)) is loopback


@pytest.mark.parametrize("network", ["", "proxy.example", "10.0.0.0/33", "10.0.0.7/8"])
def test_a_network_that_is_none_is_refused(network: str) -> None:
    with pytest.raises(ValueError, match=r"network|host bits"):
        networks([network])


def test_networks_that_were_read_already_stay_the_same() -> None:
    assert networks(TRUSTED) == TRUSTED


@given(st.none() | st.text(), st.lists(st.binary()), st.booleans())
def test_no_claim_raises_and_the_client_is_an_address(
    peer: str | None, claims: list[bytes], trust: bool
) -> None:
    trusted = networks(["0.0.0.0/0", "::/0"] if trust else [])
    client = client_address(tuple((b"x-forwarded-for", claim) for claim in claims), peer, trusted)
    assert client is None or str(ip_address(client)) == client
