"""A launcher starts through the proxy as it does directly; then its starts are from the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import httpx
import pytest

from ayon_proxy.demo.running import DemoServer
from tests.clients.identities import Identity
from tests.clients.launcher import Step, core_start_up, fields, start_up
from tests.clients.subjects import Subjects
from tests.clients.sweep import Answer, deviations
from tests.clients.sweep import answer as answer_of
from tests.support.running_proxy import RunningProxy

REQUESTS = {("service", True): 15, ("service", False): 16, ("artist", True): 13}
REQUESTS["artist", False] = 14
"""(who, cold) → how many requests it takes (upstream/clients.md 7.1); warm ones with core's."""

PROOFS = {"GET /api/users/me?", "GET /api/users/me/permissions?"}
"""What the proxy asks by itself, behind whoever is given something stored."""


def boot(url: str, identity: Identity, steps: Iterable[Step], *, service: bool) -> list[Answer]:
    """All answers, over one connection for each credential, as the launcher does."""
    with httpx.Client(base_url=url, timeout=60) as client:
        answers = []
        for step in steps:
            client.headers = httpx.Headers(fields(step.sends, identity.token, url, service=service))
            answers.append(answer_of(client, step.path))
        return answers


@pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm, with core"])
@pytest.mark.parametrize("identity", ["service", "artist"], indirect=True)
async def test_a_start_up_is_answered_as_directly_and_its_second_run_from_the_store(
    identity: Identity,
    cold: bool,
    subjects: Subjects,
    demo: DemoServer,
    proxy: RunningProxy,
    asked: Callable[[], list[str]],
    request: pytest.FixtureRequest,
) -> None:
    name = request.node.callspec.params["identity"]
    service = name == "service"
    steps = list(start_up(subjects, service=service, cold=cold))
    if not cold:
        steps += core_start_up(subjects)
    assert len(steps) == REQUESTS[name, cold]

    def run(url: str) -> list[Answer]:
        return boot(url, identity, steps, service=service)

    # The first start registers the site, which the following ones see.
    await asyncio.to_thread(run, demo.url)
    expected = await asyncio.to_thread(run, demo.url)
    refused = [
        step.sends.name for step, each in zip(steps, expected, strict=True) if each.status != 200
    ]
    assert refused == (["TOKEN_ONLY"] * 2 if service else [])
    await asyncio.to_thread(asked)
    for start in ("first", "second", "third"):
        answers = await asyncio.to_thread(run, proxy.url)
        unlike = {
            f"{start} {number} {step.path}": different
            for number, (step, one, other) in enumerate(zip(steps, expected, answers, strict=True))
            if (different := list(deviations(one, other)))
        }
        assert unlike == {}
        fetched = set(await asyncio.to_thread(asked)) - PROOFS
        # The first signs its site in, after it was told of the sites: that is asked for again.
        if start == "first":
            assert fetched
        else:
            assert fetched <= ({"GET /api/info?"} if start == "second" else set())
