"""Every GET of the route table is answered as the server itself answers it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.clients.subjects import Subjects
from tests.clients.sweep import targets, unlike
from tests.live.conftest import URL, identities
from tests.support.running_proxy import RunningProxy


@pytest.mark.parametrize("name", identities())
async def test_every_path_is_answered_as_the_server_answers_it(
    name: str, subjects: Subjects, proxy: RunningProxy
) -> None:
    def found() -> dict[str, list[str]]:
        fields = identities()[name].connect(URL).get_headers()
        with (
            httpx.Client(base_url=URL, headers=fields, timeout=60) as direct,
            httpx.Client(base_url=proxy.url, headers=fields, timeout=60) as proxied,
        ):
            return unlike(targets(subjects), direct, proxied)

    assert await asyncio.to_thread(found) == {}
