"""A real AYON server, named in the environment, and the proxy before it.

    AYON_SERVER_URL, AYON_API_KEY   the server, and a key of a service user or an admin's token
    AYON_LIVE_TOKENS                tokens or keys of other users, with spaces between: optional
    AYON_LIVE_PROJECT               a small project to read from, else one is chosen
    AYON_LIVE_WRITES=1              allows the one test that changes something

Without the first two everything here is skipped. Failures name places, never values: these may
belong to somebody.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.discovery import subjects_of
from tests.clients.identities import Identity
from tests.clients.subjects import Subjects
from tests.support.running_proxy import RunningProxy, running_proxy

URL = os.environ.get("AYON_SERVER_URL", "").rstrip("/")
KEY = os.environ.get("AYON_API_KEY", "")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a server where none is named."""
    for item in items:
        if HERE in item.path.parents and not (URL and KEY):
            item.add_marker(pytest.mark.skip(reason="AYON_SERVER_URL and AYON_API_KEY are not set"))


def identities() -> dict[str, Identity]:
    """Everybody whose credential is known, by a name that says nothing.

    None of them names a site: the server would note it.
    """
    others = os.environ.get("AYON_LIVE_TOKENS", "").split()
    named = {"key": KEY} | {
        f"token {number}": token for number, token in enumerate(others, start=1)
    }
    return {name: Identity(token, site=None) for name, token in named.items()}


@pytest.fixture(scope="session")
def subjects() -> Subjects:
    """What the server has."""
    return subjects_of(identities()["key"].connect(URL), os.environ.get("AYON_LIVE_PROJECT"))


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[RunningProxy]:
    async with running_proxy(URL, tmp_path / "data") as proxy:
        yield proxy
