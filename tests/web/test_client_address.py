"""Who the client is, as upstream hears it (upstream/server.md 3.3), over real connections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.relay import PASSED, Relay, relaying, request

CLAIMS = [
    b"X-Forwarded-For: 203.0.113.9, 10.1.2.3",
    b"X-Forwarded-For: 10.1.2.4",
    b"X-Forwarded-Proto: https",
    b"X-Forwarded-Host: ayon.studio.example",
    b"X-Real-IP: 203.0.113.9",
    b"Forwarded: for=203.0.113.9",
]


@pytest.fixture(scope="module")
def behind_a_trusted_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    server = {"trusted_proxies": ["127.0.0.1", "10.1.0.0/16"]}
    with relaying(tmp_path_factory.mktemp("trusting"), server) as relay:
        yield relay


def told(relay: Relay, *lines: bytes) -> dict[bytes, list[bytes]]:
    """What upstream is told, by the names of the fields."""
    relay.reset()
    got = relay.sent(request(b"GET", PASSED, *lines))
    names = {line.partition(b":")[0].lower() for line in CLAIMS}
    return {name: got.values(name) for name in names if got.values(name)}


def test_what_a_client_claims_of_itself_is_replaced_by_its_own_address(relay: Relay) -> None:
    for lines in ([], CLAIMS):
        assert told(relay, *lines) == {b"x-forwarded-for": [b"127.0.0.1"]}


def test_a_trusted_proxy_is_believed_about_what_it_can_have_seen(
    behind_a_trusted_proxy: Relay,
) -> None:
    assert told(behind_a_trusted_proxy, *CLAIMS) == {
        b"x-forwarded-for": [b"203.0.113.9"],
        b"x-forwarded-proto": [b"https"],
        b"x-forwarded-host": [b"ayon.studio.example"],
        b"x-real-ip": [b"203.0.113.9"],
    }


def test_what_a_stranger_claims_before_a_trusted_proxy_is_hearsay(
    behind_a_trusted_proxy: Relay,
) -> None:
    claimed = told(behind_a_trusted_proxy, b"X-Forwarded-For: 192.168.0.1, 203.0.113.9, 10.1.2.3")
    assert claimed == {b"x-forwarded-for": [b"203.0.113.9"]}
    assert told(behind_a_trusted_proxy) == {b"x-forwarded-for": [b"127.0.0.1"]}
