"""Every GET of the route table is answered as the server itself answers it."""

from __future__ import annotations

import asyncio

from tests.clients.subjects import Subjects
from tests.clients.sweep import different_answers
from tests.live.conftest import URL, identities
from tests.support.running_proxy import RunningProxy


async def test_every_path_is_answered_to_everybody_as_the_server_answers_it(
    subjects: Subjects, proxy: RunningProxy
) -> None:
    """Through one proxy: nobody gets what another was given."""

    def found() -> dict[str, list[str]]:
        return {
            f"{name}: {path}": where
            for name, identity in identities().items()
            for path, where in different_answers(identity, subjects, URL, proxy.url).items()
        }

    assert await asyncio.to_thread(found) == {}
