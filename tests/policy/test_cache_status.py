"""Cache-Status. Mutations that must each fail: round instead of cut the ttl; both `collapsed` and
`stored`; no `detail=offline`; another name."""

from __future__ import annotations

from typing import Any

import http_sf
import pytest

from ayon_proxy.policy import cache_status
from ayon_proxy.policy.decision import Deliver, ForwardReason
from tests.support.builders import stored_response

STORED = stored_response()


@pytest.mark.parametrize(
    ("deliver", "expected"),
    [
        (Deliver(STORED, 10.0), b"ayon-proxy; hit; ttl=10"),
        (Deliver(STORED, 9.99), b"ayon-proxy; hit; ttl=9"),
        (Deliver(STORED, 0.5), b"ayon-proxy; hit; ttl=0"),
        (Deliver(STORED, 0.0, offline=True), b"ayon-proxy; hit; detail=offline"),
    ],
)
def test_a_hit(deliver: Deliver, expected: bytes) -> None:
    assert cache_status.hit(deliver) == expected


@pytest.mark.parametrize("reason", ForwardReason)
@pytest.mark.parametrize(
    ("stored", "collapsed", "more"),
    [
        (False, False, b""),
        (True, False, b"; stored"),
        (True, True, b"; collapsed"),
        (False, True, b"; collapsed"),
    ],
)
def test_what_was_forwarded(
    reason: ForwardReason, stored: bool, collapsed: bool, more: bytes
) -> None:
    expected = b"ayon-proxy; fwd=" + reason.value.encode() + more
    assert cache_status.forwarded(reason, stored=stored, collapsed=collapsed) == expected


def test_what_was_refused() -> None:
    assert cache_status.refused("offline") == b"ayon-proxy; detail=offline"


@pytest.mark.parametrize(
    "field",
    [
        cache_status.hit(Deliver(STORED, 1.0)),
        cache_status.hit(Deliver(STORED, 0.0, offline=True)),
        cache_status.refused("lost"),
        *(cache_status.forwarded(reason, stored=True) for reason in ForwardReason),
    ],
)
def test_every_form_is_a_structured_list_of_one(field: bytes) -> None:
    parsed: Any = http_sf.parse(field, tltype="list")
    (member,) = parsed
    token, parameters = member
    assert str(token) == "ayon-proxy"
    assert set(parameters) <= {"hit", "fwd", "ttl", "stored", "collapsed", "detail"}
