"""A studio for each test, drawn once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy

import pytest

from ayon_proxy.demo.film import small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio


@pytest.fixture(scope="session")
def film() -> Studio:
    """The small film."""
    return small_film()


@pytest.fixture
async def demo(film: Studio) -> AsyncIterator[DemoServer]:
    async with DemoServer(deepcopy(film)) as demo:
        yield demo
