"""One proxy for all tests that only look at the bytes on both of its sides."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from tests.support.relay import Relay, relaying


@pytest.fixture(scope="module")
def running_relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    with relaying(tmp_path_factory.mktemp("relay")) as relay:
        yield relay


@pytest.fixture
def relay(running_relay: Relay) -> Relay:
    running_relay.reset()
    return running_relay


@pytest.fixture
def log_stream() -> Iterator[io.StringIO]:
    """Where `logs.configure` is to write; what was set up before comes back."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
