"""Every GET of the route table is answered through the proxy as the demo server answers it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from ayon_proxy.demo.running import DemoServer
from ayon_proxy.policy.routes.table import ROUTES
from tests.clients.identities import Identity
from tests.clients.subjects import Subjects
from tests.clients.sweep import LEFT_OUT, answer, different_answers, targets
from tests.support.running_proxy import RunningProxy


def test_what_is_left_out_is_in_the_table() -> None:
    assert LEFT_OUT.keys() <= {route.pattern for route in ROUTES}


@pytest.mark.parametrize("identity", ["service"], indirect=True)
async def test_most_paths_have_something_to_show(
    identity: Identity, subjects: Subjects, demo: DemoServer
) -> None:
    def shown() -> list[bool]:
        fields = identity.connect(demo.url).get_headers()
        with httpx.Client(base_url=demo.url, headers=fields, timeout=60) as client:
            own = [path for path in targets(subjects) if subjects.other_project not in path]
            return [answer(client, path).status == 200 for path in own]

    found = await asyncio.to_thread(shown)
    assert sum(found) > 0.8 * len(found)


async def test_every_path_is_answered_to_everybody_as_the_server_answers_it(
    everybody: dict[str, Identity], subjects: Subjects, demo: DemoServer, proxy: RunningProxy
) -> None:
    """Through one proxy: nobody gets what another was given."""

    def found() -> dict[str, list[str]]:
        return {
            f"{name}: {path}": where
            for name, identity in everybody.items()
            for path, where in different_answers(identity, subjects, demo.url, proxy.url).items()
        }

    assert await asyncio.to_thread(found) == {}
