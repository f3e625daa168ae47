"""What holds for every test: it leaves the logging of the process as it found it; and what takes
long begins first, so that no core waits for the other at the end."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Commands configure logging for their process, which here is everybody's."""
    configuration = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**configuration)
    root.handlers[:], root.level = handlers, level


def pytest_collection_finish() -> None:
    """Fifteen thousand tests are no garbage, and looking through them takes a second each time: so
    long a proxy in the same process would answer nobody, and take upstream for slow."""
    gc.collect()
    gc.freeze()


LONG = (
    "load",
    "identity",
    "differential",
    "clients",
    "scenarios/test_memory",
    "scenarios/test_sequences_offline",
    "scenarios/test_restart_offline",
    "scenarios/test_clock_over_a_restart",
    "scenarios/test_slow_upstream",
    "scenarios/test_gateway_errors",
    "scenarios/test_coming_back",
    "scenarios/test_no_secrets",
    "scenarios/test_hostile",
    "scenarios/test_every_write",
    "scenarios/test_side_effects",
    "scenarios/test_sessions",
    "scenarios",
    "cli",
)
"""Beginnings of paths, what takes longest first."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After they have been shuffled."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(here).as_posix() if here in item.path.parents else ""
        return next((at for at, each in enumerate(LONG) if path.startswith(each)), len(LONG))

    items.sort(key=rank)
