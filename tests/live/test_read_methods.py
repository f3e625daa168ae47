"""Every read method of AYON's client library gives the same through the proxy, before a server."""

from __future__ import annotations

import asyncio

import pytest

from tests.clients.calls import calls_about
from tests.clients.comparison import compare
from tests.clients.identities import Identity
from tests.clients.subjects import Subjects
from tests.live.conftest import KEY, URL, identities
from tests.support.running_proxy import RunningProxy


@pytest.mark.parametrize("name", identities())
async def test_every_read_gives_the_same(
    name: str, subjects: Subjects, proxy: RunningProxy
) -> None:
    calls, connect = calls_about(subjects), identities()[name].connect
    assert (await asyncio.to_thread(connect, URL)).has_valid_token
    found = await asyncio.to_thread(compare, calls, connect, URL, proxy.url)
    assert found.unlike == {}
    assert proxy.assembled.cache.traffic.hits > len(calls) / 4


async def test_every_read_gives_the_same_to_a_service_that_stands_for_a_user(
    subjects: Subjects, proxy: RunningProxy
) -> None:
    calls = calls_about(subjects)
    identity = Identity(KEY, as_user=subjects.user, site=None)
    if not await asyncio.to_thread(lambda: identity.connect(URL).is_service_user()):
        pytest.skip("the key is not that of a service user")
    found = await asyncio.to_thread(compare, calls, identity.connect, URL, proxy.url)
    assert found.unlike == {}
