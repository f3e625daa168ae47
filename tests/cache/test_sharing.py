"""One caller's answer for all who may see it. Mutations that must each fail: shared without a
proof, or on one that began before the fetch had ended; under the scope of before; guests, other
projects, other rights or other levels sharing; nobody waiting; waiting for what never comes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from ayon_proxy.cache.fetch import SILENT_SECONDS
from ayon_proxy.errors import UpstreamUnreachable
from ayon_proxy.policy.invalidation.table import Invalidation
from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.patience import Patience
from ayon_proxy.policy.revocation import SETTLE_SECONDS
from tests.cache.rig import (
    ADDON,
    FIRST,
    FOLDER,
    JSON,
    ME,
    SECOND,
    WAIT,
    Asked,
    Rig,
    file,
    ok,
    settled,
)
from tests.support.memory_upstream import Answer, MemoryUpstream

BUNDLES = b"/api/bundles"
"""A row that is the same for every signed-in user."""
ADDONS = b"/api/addons"
"""One that is the same for a level."""
PINNED = b"/api/projects"
"""One that is nobody else's."""

FREE: dict[str, Any] = {"projects": {"demo": {"read": {"enabled": False}}}}
BOUND: dict[str, Any] = {
    "projects": {"demo": {"read": {"enabled": True, "access_list": [{"access_type": "children"}]}}}
}


class Users(MemoryUpstream):
    """Tells each caller by its key who it is; everything else as written down."""

    def __init__(self) -> None:
        super().__init__()
        self.rights: dict[bytes, Mapping[str, Any]] = {}
        self.data: dict[bytes, Mapping[str, Any]] = {}
        self.proofs: list[bytes] = []
        self.proving = asyncio.Event()
        self.proving.set()

    async def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        key = dict(request.fields).get(b"x-api-key", b"")
        if request.path == ME:
            self.proofs.append(key)
            rights, data = self.rights.get(key, FREE), self.data.get(key, {})
            await self.proving.wait()
            told = {"name": key.decode(), "active": True, "data": data}
            self.answers(request.target, ok(orjson.dumps(told)))
            self.answers(ME + b"/permissions", ok(orjson.dumps(rights)))
        return await super().send(request, *args, **kwargs)


@pytest.fixture
def users() -> Users:
    return Users()


@pytest.fixture
def rig(users: Users) -> Rig:
    rig = Rig(upstream=users, proves=False, shares=True, watched=True)
    for target in (FOLDER, BUNDLES, ADDONS, PINNED):
        rig.upstream.answers(target, ok(FIRST), ok(SECOND))
    return rig


async def shared(rig: Rig) -> None:
    """Let what was fetched be shared."""
    await rig.cache.in_flight.idle()
    rig.clock.advance(2)
    await settled()


def is_hit(answer: Asked) -> bool:
    return answer.cache_status.startswith(b"ayon-proxy; hit")


@pytest.mark.parametrize("target", [FOLDER, BUNDLES, ADDONS])
async def test_one_answer_serves_all_who_may_see_it(rig: Rig, target: bytes) -> None:
    await rig.ask(target, caller=b"alice")
    await shared(rig)

    answer = await rig.ask(target, caller=b"bob")

    assert (answer.body, is_hit(answer), rig.asked(target)) == (FIRST, True, 1)
    assert is_hit(await rig.ask(target, caller=b"alice"))
    assert len(rig.index.rows) == 1


DEVELOPER = {"isDeveloper": True}
MANAGER, ADMIN, GUEST = {"isManager": True}, {"isAdmin": True}, {"isGuest": True}


@pytest.mark.parametrize(
    ("target", "alice", "bob", "shares"),
    [
        (FOLDER, ({}, FREE), ({}, BOUND), False),
        (FOLDER, ({}, BOUND), ({}, BOUND), True),
        (FOLDER, ({}, FREE), ({}, {"projects": {"other": {}}}), False),
        (FOLDER, ({}, FREE), (MANAGER, {}), False),
        (FOLDER, (ADMIN, {}), (MANAGER, {}), True),
        (FOLDER, (GUEST, FREE), (GUEST, FREE), False),
        (BUNDLES, ({}, FREE), (ADMIN, {}), True),
        (BUNDLES, ({}, FREE), (GUEST, FREE), False),
        (ADDONS, ({}, FREE), (MANAGER, {}), False),
        (ADDONS, (MANAGER, {}), (ADMIN, {}), False),
        (ADDONS, ({}, FREE), (DEVELOPER, FREE), False),
        (ADDONS, ({}, FREE), ({}, BOUND), True),
        (PINNED, ({}, FREE), ({}, FREE), False),
    ],
)
async def test_who_shares_with_whom(
    rig: Rig, users: Users, target: bytes, alice: Any, bob: Any, shares: bool
) -> None:
    for name, (data, rights) in ((b"alice", alice), (b"bob", bob)):
        users.data[name], users.rights[name] = data, rights
    for one, other in ((b"alice", b"bob"), (b"bob", b"alice")):
        await rig.ask(target, caller=one)
        await shared(rig)
        assert is_hit(await rig.ask(target, caller=other)) is shares or other == b"alice"
        await shared(rig)

    assert rig.asked(target) == (1 if shares else 2)


async def test_a_project_that_a_name_may_stand_for_counts(rig: Rig, users: Users) -> None:
    both = {"projects": {"de_o": {}, **FREE["projects"]}}
    users.rights = {b"alice": both, b"bob": {"projects": {"de_o": {}}}}
    target = b"/api/projects/de_o/folders/f1"
    rig.upstream.answers(target, ok(FIRST), ok(SECOND))
    await rig.ask(target, caller=b"alice")
    await shared(rig)

    assert (await rig.ask(target, caller=b"bob")).body == SECOND


async def test_nothing_is_shared_where_the_studio_wants_that(users: Users) -> None:
    rig = Rig(upstream=users, proves=False, shares=False)
    rig.upstream.answers(BUNDLES, ok(FIRST), ok(SECOND))
    await rig.ask(BUNDLES, caller=b"alice")
    await shared(rig)

    assert (await rig.ask(BUNDLES, caller=b"bob")).body == SECOND


async def test_rights_that_changed_while_it_was_fetched_keep_it_to_the_caller(
    rig: Rig, users: Users
) -> None:
    """What came may be what the new rights show."""
    await rig.ask(FOLDER, caller=b"alice")
    users.rights[b"alice"] = BOUND
    await shared(rig)

    assert (await rig.ask(FOLDER, caller=b"bob")).body == SECOND


async def test_a_proof_from_before_the_end_of_the_fetch_does_not_share_it(
    rig: Rig, users: Users
) -> None:
    rest = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(FIRST[:3], rest, FIRST[3:]), ok(SECOND))
    asking = asyncio.create_task(rig.ask(FOLDER, caller=b"alice"))
    await settled()
    users.proving.clear()
    rig.clock.advance(40)
    await rig.begin(BUNDLES, caller=b"alice")  # its proof is renewed, and held up
    await settled()
    rest.set()
    await asking
    users.rights[b"alice"] = BOUND
    users.proving.set()
    await shared(rig)

    assert (await rig.ask(FOLDER, caller=b"bob")).body == SECOND


async def test_one_proof_is_made_for_all_that_is_fetched_in_a_second(
    rig: Rig, users: Users
) -> None:
    targets = [FOLDER + b"%d" % number for number in range(20)]
    for target in targets:
        rig.upstream.answers(target, ok(FIRST), ok(SECOND))
        await rig.ask(target, caller=b"alice")
        await rig.cache.in_flight.idle()
        rig.clock.advance(0.1)
        await settled()
    await shared(rig)

    assert len(users.proofs) <= 1 + 4
    for target in targets:
        assert is_hit(await rig.ask(target, caller=b"bob"))


async def test_others_wait_for_the_proof_rather_than_ask(rig: Rig, users: Users) -> None:
    await rig.ask(BUNDLES, caller=b"bob")
    rest = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(FIRST[:3], rest, FIRST[3:]), ok(SECOND))
    first = asyncio.create_task(rig.ask(FOLDER, caller=b"alice"))
    await settled()
    second = asyncio.create_task(rig.ask(FOLDER, caller=b"bob"))
    await settled()
    rest.set()

    assert (await first).body == (await second).body == FIRST
    assert rig.asked(FOLDER) == 1


async def test_all_who_ask_in_one_moment_wait_for_the_first(rig: Rig) -> None:
    """Nobody else looks between its decision to fetch and its fetch."""
    callers = [b"caller %d" % number for number in range(20)]
    for caller in callers:
        await rig.ask(BUNDLES, caller=caller)
    rest = asyncio.Event()
    rig.upstream.answers(ADDONS, ok(FIRST[:3], rest, FIRST[3:]), ok(SECOND))
    asking = [asyncio.create_task(rig.ask(ADDONS, caller=caller)) for caller in callers]
    await settled()
    rest.set()

    assert {(await each).body for each in asking} == {FIRST}
    assert rig.asked(ADDONS) == 1


async def test_nobody_waits_for_what_does_not_come(rig: Rig) -> None:
    await rig.ask(BUNDLES, caller=b"bob")
    held = asyncio.Event()
    gone = Answer(404, (JSON,), (b"{}",), held)
    rig.upstream.answers(FOLDER, gone, ok(SECOND))
    first = asyncio.create_task(rig.ask(FOLDER, caller=b"alice"))
    await settled()
    second = asyncio.create_task(rig.ask(FOLDER, caller=b"bob"))
    await settled()
    held.set()

    assert ((await first).status, (await second).body) == (404, SECOND)


async def test_nobody_waits_for_somebody_elses_silence(rig: Rig) -> None:
    await rig.ask(BUNDLES, caller=b"bob")
    never = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(FIRST, head_after=never), ok(SECOND))
    first = asyncio.create_task(rig.ask(FOLDER, caller=b"alice"))
    await settled()
    second = asyncio.create_task(rig.ask(FOLDER, caller=b"bob"))
    await settled()
    assert not second.done()
    rig.clock.advance(SILENT_SECONDS)

    assert (await second).body == SECOND
    never.set()
    await first


async def test_nor_longer_than_for_upstream_where_something_is_stored(users: Users) -> None:
    rig = Rig(upstream=users, proves=False, shares=True, patience=Patience(WAIT))
    never = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(FIRST), ok(SECOND, head_after=never))
    await rig.ask(FOLDER, caller=b"bob")
    await shared(rig)
    assert is_hit(await rig.ask(FOLDER, caller=b"alice"))
    rig.clock.advance(ENTITY.unwatched)
    first = asyncio.create_task(rig.ask(FOLDER, caller=b"alice"))
    await settled()
    second = asyncio.create_task(rig.ask(FOLDER, caller=b"bob"))
    await settled()
    assert not second.done()
    rig.clock.advance(WAIT)

    assert (await second).cache_status == b"ayon-proxy; hit; detail=offline"
    assert (await first).cache_status == b"ayon-proxy; hit; detail=offline"
    never.set()


async def test_nothing_is_shared_while_workers_of_upstream_may_disagree_about_rules(
    rig: Rig,
) -> None:
    changed: dict[str, Any] = {
        "id": "e1",
        "topic": "access_group.updated",
        "project": None,
        "summary": {},
    }
    await rig.ask(BUNDLES, caller=b"bob")
    await shared(rig)
    await rig.cache.invalidator.apply(changed)
    await rig.ask(FOLDER, caller=b"alice")
    await shared(rig)
    assert (await rig.ask(FOLDER, caller=b"bob")).body == SECOND
    rig.clock.advance(SETTLE_SECONDS)
    await settled()
    rig.upstream.answers(ADDON, file(b"zip"))
    await rig.ask(ADDON, caller=b"alice")
    await shared(rig)

    assert is_hit(await rig.ask(ADDON, caller=b"bob"))


async def test_a_stop_shares_what_was_fetched_just_before(rig: Rig) -> None:
    for caller in (b"alice", b"bob"):
        await rig.ask(ADDONS, caller=caller)
    head = asyncio.Event()
    rig.upstream.answers(BUNDLES, ok(FIRST, head_after=head))
    asking = [asyncio.create_task(rig.ask(BUNDLES, caller=each)) for each in (b"alice", b"bob")]
    await settled()
    head.set()
    await asyncio.gather(*asking)
    await rig.cache.in_flight.idle()
    await rig.cache.shared.aclose()
    rig.restart()
    await rig.cache.tags.load()
    await rig.cache.credentials.load()

    assert is_hit(await rig.ask(BUNDLES, caller=b"bob"))


async def test_who_has_fetched_it_does_not_wait_for_itself(rig: Rig, users: Users) -> None:
    await rig.ask(FOLDER, caller=b"alice")
    await rig.cache.in_flight.idle()
    users.proving.clear()

    assert (await rig.ask(FOLDER, caller=b"alice")).body == FIRST


async def test_what_is_the_same_for_all_is_fetched_once_at_the_same_time(rig: Rig) -> None:
    for caller in (b"alice", b"bob"):
        await rig.ask(BUNDLES, caller=caller)
    rest = asyncio.Event()
    rig.upstream.answers(ADDON, file(b"", b'"x"', b"some", rest, b"more"))
    first = await rig.begin(ADDON, caller=b"alice")
    second = await rig.begin(ADDON, caller=b"bob")

    assert second.cache_status == b"ayon-proxy; fwd=uri-miss; collapsed"
    assert rig.asked(ADDON) == 1
    rest.set()
    for answer in (first, second):
        await answer.body.aclose()
    await rig.cache.in_flight.idle()


async def test_an_answer_under_folder_rules_falls_when_a_path_changes(
    rig: Rig, users: Users
) -> None:
    users.rights[b"alice"] = BOUND
    await rig.ask(FOLDER, caller=b"alice")
    await shared(rig)
    await rig.cache.invalidator.invalidate(Invalidation(frozenset({"paths:demo"})))

    assert (await rig.ask(FOLDER, caller=b"alice")).body == SECOND


async def test_what_a_shared_answer_shows_falls_for_all(rig: Rig) -> None:
    await rig.ask(FOLDER, caller=b"alice")
    await shared(rig)
    await rig.cache.invalidator.invalidate(Invalidation(frozenset({"entity:f1"})))

    assert (await rig.ask(FOLDER, caller=b"bob")).body == SECOND


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_who_may_not_see_it_any_more_takes_it_from_nobody_else(
    rig: Rig, users: Users, status: int
) -> None:
    await rig.ask(FOLDER, caller=b"alice")
    await shared(rig)
    await rig.ask(BUNDLES, caller=b"bob")
    users.rights[b"bob"] = {"projects": {}}
    await rig.cache.invalidator.invalidate(Invalidation(frozenset({"entity:f1"})))
    rig.upstream.answers(FOLDER, Answer(status, (JSON,), (b"{}",)), UpstreamUnreachable("refused"))
    assert (await rig.ask(FOLDER, caller=b"bob")).status == status
    await shared(rig)

    assert (await rig.ask(FOLDER, caller=b"alice")).body == FIRST
    assert (await rig.ask(FOLDER, caller=b"bob")).status == 504


async def test_what_is_gone_is_gone_for_all(rig: Rig) -> None:
    await rig.ask(FOLDER, caller=b"alice")
    await shared(rig)
    await rig.cache.invalidator.invalidate(Invalidation(frozenset({"entity:f1"})))
    gone = Answer(404, (JSON,), (b"{}",))
    rig.upstream.answers(FOLDER, gone, UpstreamUnreachable("refused"))
    assert (await rig.ask(FOLDER, caller=b"bob")).status == 404
    await shared(rig)

    assert (await rig.ask(FOLDER, caller=b"alice")).status == 504
