"""A relay under attack: another client is answered all the while, and the log stays quiet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty

import structlog
from structlog.testing import capture_logs

from ayon_proxy import logs
from tests.support.raw_server import Received
from tests.support.relay import Client, Relay, request

SECRET = b"5ecret0fTheAttacked"
"""Stands in each attack as a credential, wherever one can stand."""

BYSTANDER = b"/api/events/of-the-bystander"


class Attacked:
    """A relay, and a client beside the attackers that keeps one connection over many attacks."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._bystander = Client(relay.port)

    def bystander_is_answered(self) -> None:
        """On the connection that it has had all along."""
        self._bystander.send(request(b"GET", BYSTANDER))
        assert self._bystander.answer().body == b"ok"

    def reached_upstream(self) -> list[Received]:
        """Everything so far that the bystander has not asked."""
        found = []
        try:
            while True:
                found.append(self.relay.received.get_nowait())
        except Empty:
            return [one for one in found if one.target != BYSTANDER]

    def close(self) -> None:
        self._bystander.close()


@contextmanager
def quiet_log(caplog_records: list[logging.LogRecord]) -> Iterator[None]:
    """No traceback is written in the block, no line of uvicorn's, and no secret."""
    before = structlog.get_config()
    with capture_logs() as lines:
        yield
    structlog.configure(**before)
    shown = [logs.without_secrets(None, "", dict(line)) for line in lines]
    assert not [line for line in shown if line["log_level"] in ("error", "critical")]
    assert not [line for line in shown if "exc_info" in line or "exception" in line]
    assert SECRET.decode() not in repr(shown)
    assert caplog_records == []
