"""Callers and their proofs. Mutations that must each fail: a stored answer given to who was not
proved, or refused, or over its grace; the digest not compared, or not over a restart; `proved_at`
set at the end of the look-up; a proof that is older than an event taken for good; a refusal not
remembered, or for ever; a made-up credential remembered; a guess that is not counted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import orjson
import pytest

from ayon_proxy.cache.known_caller import MOST_CALLERS, KnownCaller
from ayon_proxy.errors import StorageFailed, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy import guesses
from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.principal import principal
from ayon_proxy.policy.revocation import SETTLE_SECONDS
from tests.cache.rig import (
    FIRST,
    FOLDER,
    GRACE,
    JSON,
    ME,
    RECHECK,
    SECOND,
    SECRET_KEY,
    WAIT,
    Rig,
    ok,
    read,
    settled,
)
from tests.support.memory_ports import MemoryProofs
from tests.support.memory_upstream import Answer
from tests.support.request_bodies import GivenBody

RIGHTS = ME + b"/permissions"
AWAY = UpstreamUnreachable("refused")
SESSION = (b"authorization", b"Bearer s1")
NO = Answer(401, (JSON,), (b'{"code":401,"detail":"Invalid token"}',))


@pytest.fixture
def rig() -> Rig:
    rig = Rig(proves=False, watched=True)
    says(rig)
    rig.upstream.answers(FOLDER, ok(FIRST))
    return rig


def says(rig: Rig, *groups: str, rules: Mapping[str, object] | None = None) -> None:
    """What upstream tells of everybody from now on."""
    told = {"name": "artist", "active": True, "data": {"accessGroups": {"film": list(groups)}}}
    rig.upstream.answers(ME, ok(orjson.dumps(told)))
    rig.upstream.answers(RIGHTS, ok(orjson.dumps({"projects": {"demo": rules or {}}})))


async def stored(rig: Rig, *fields: tuple[bytes, bytes]) -> None:
    """A folder is stored, its caller proved; upstream has another by now."""
    assert (await rig.ask(FOLDER, *fields)).body == FIRST
    await rig.cache.in_flight.idle()
    rig.upstream.answers(FOLDER, ok(SECOND))


def hit(status: bytes) -> bool:
    return status.startswith(b"ayon-proxy; hit")


class LateProofs(MemoryProofs):
    """The disk takes its time to keep one; what is dropped goes first."""

    def __init__(self) -> None:
        super().__init__()
        self.may_keep = asyncio.Event()

    async def keep(self, principal: bytes, proved_at: float, content: bytes) -> None:
        await self.may_keep.wait()
        await super().keep(principal, proved_at, content)


class TestWhoIsUnknown:
    async def test_is_proved_before_upstream_is_asked_for_anything_else(self, rig: Rig) -> None:
        await stored(rig)

        assert [sent.request.target for sent in rig.upstream.sent] == [ME, RIGHTS, FOLDER]

    async def test_is_asked_about_once_for_all_who_wait(self, rig: Rig) -> None:
        answered = asyncio.Event()
        rig.upstream.answers(ME, Answer(401, (JSON,), (b"{}",), answered))
        asking = [asyncio.create_task(rig.ask(FOLDER)) for _ in range(20)]
        await settled()
        answered.set()

        assert {(await one).status for one in asking} == {401}
        assert [sent.request.target for sent in rig.upstream.sent] == [ME]

    async def test_is_asked_about_in_its_own_name(self, rig: Rig) -> None:
        await rig.ask(FOLDER, (b"x-as-user", b"bob"), (b"x-forwarded-for", b"10.0.0.7"))

        assert rig.upstream.sent[0].request.fields == (
            (b"x-api-key", b"alice"),
            (b"x-as-user", b"bob"),
            (b"x-forwarded-for", b"10.0.0.7"),
        )

    async def test_gets_no_stored_answer_while_upstream_is_away(self, rig: Rig) -> None:
        await stored(rig)
        for target in (ME, RIGHTS, FOLDER):
            rig.upstream.answers(target, AWAY)

        assert (await rig.ask(FOLDER, caller=b"eve")).status == 504

    async def test_who_shows_no_credential_is_not_looked_up(self, rig: Rig) -> None:
        for _ in range(2):
            await read(await rig.cache.engine.handle(Request("GET", FOLDER), GivenBody()))
            await rig.cache.in_flight.idle()

        assert (rig.asked(FOLDER), rig.asked(ME)) == (1, 0)


class TestARefusal:
    async def test_is_remembered_and_given_as_it_was(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        for _ in range(3):
            answer = await rig.ask(FOLDER)
            assert (answer.status, answer.body) == (401, NO.chunks[0])

        assert [sent.request.target for sent in rig.upstream.sent] == [ME]
        assert rig.cache.credentials.refused == 1

    async def test_is_forgotten_after_the_recheck_time(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        await rig.ask(FOLDER)
        says(rig)
        rig.clock.advance(RECHECK - 1)
        assert (await rig.ask(FOLDER)).status == 401
        rig.clock.advance(1)

        assert (await rig.ask(FOLDER)).status == 200

    async def test_of_a_made_up_credential_leaves_nothing_behind(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        await rig.ask(FOLDER)

        assert (rig.cache.credentials.callers, rig.proofs.proofs) == ({}, {})

    async def test_of_one_that_was_known_ends_what_it_was_given(self, rig: Rig) -> None:
        await stored(rig)
        rig.upstream.answers(ME, NO)
        rig.clock.advance(2 * RECHECK)

        assert (await rig.ask(FOLDER)).status == 401
        assert rig.proofs.proofs == {}
        says(rig)
        rig.clock.advance(RECHECK)
        assert (await rig.ask(FOLDER)).body == SECOND

    async def test_to_something_else_has_the_caller_proved_anew(self, rig: Rig) -> None:
        await stored(rig)
        rig.upstream.answers(b"/api/secrets", NO)
        asked = rig.asked(ME)
        await rig.ask(b"/api/secrets")
        assert (rig.asked(ME), (await rig.ask(FOLDER)).status) == (asked + 1, 200)
        rig.upstream.answers(ME, NO)
        await rig.ask(b"/api/secrets")
        for target in (ME, RIGHTS, FOLDER):
            rig.upstream.answers(target, AWAY)
        rig.clock.advance(RECHECK)

        assert (await rig.ask(FOLDER)).status == 504

    async def test_makes_nobody_of_it_where_no_credential_is_needed(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        rig.upstream.answers(b"/api/info", ok(b"{}"))
        await rig.ask(b"/api/info")
        await rig.cache.in_flight.idle()

        assert hit((await rig.ask(b"/api/info", caller=b"eve")).cache_status)
        asked = [sent.request for sent in rig.upstream.sent if sent.request.target == b"/api/info"]
        assert [request.fields for request in asked] == [()]


class TestAProof:
    async def test_is_good_for_stored_answers(self, rig: Rig) -> None:
        await stored(rig)

        assert (await rig.ask(FOLDER)).cache_status == b"ayon-proxy; hit; ttl=600"
        assert rig.asked(ME) == 1

    async def test_is_renewed_behind_a_request(self, rig: Rig) -> None:
        await stored(rig)
        rig.clock.advance(RECHECK)
        assert hit((await rig.ask(FOLDER)).cache_status)
        await settled()
        rig.clock.advance(RECHECK + 1)

        assert hit((await rig.ask(FOLDER)).cache_status)
        await settled()
        assert rig.asked(ME) == 3

    async def test_is_none_when_it_is_twice_as_old(self, rig: Rig) -> None:
        await stored(rig)
        rig.clock.advance(2 * RECHECK)
        rig.upstream.answers(ME, NO)

        assert (await rig.ask(FOLDER)).status == 401

    async def test_is_as_old_as_the_question(self, rig: Rig) -> None:
        answered = asyncio.Event()
        rig.upstream.answers(RIGHTS, ok(b'{"projects": {}}', head_after=answered), NO)
        asking = asyncio.create_task(rig.ask(FOLDER))
        await settled()
        rig.clock.advance(2 * RECHECK)
        answered.set()
        await asking

        await rig.ask(FOLDER)
        assert rig.asked(ME) > 1

    @pytest.mark.parametrize("fault", [AWAY, UpstreamBroke("reset"), Answer(503, (), (b"",))])
    async def test_that_cannot_be_renewed_is_good_for_the_grace_time(
        self, rig: Rig, fault: Answer
    ) -> None:
        await stored(rig)
        for target in (ME, RIGHTS, FOLDER):
            rig.upstream.answers(target, fault)
        rig.clock.advance(GRACE - 1)
        answer = await rig.ask(FOLDER)
        assert (answer.body, answer.cache_status) == (FIRST, b"ayon-proxy; hit; detail=offline")
        rig.clock.advance(2)

        assert (await rig.ask(FOLDER)).status in {503, 504}

    async def test_that_upstream_is_slow_to_renew_is_waited_for_shortly(self, rig: Rig) -> None:
        await stored(rig)
        never = asyncio.Event()
        rig.upstream.answers(ME, Answer(200, (JSON,), (b"{}",), never))
        rig.clock.advance(2 * RECHECK)
        asking = asyncio.create_task(rig.ask(FOLDER))
        await settled()
        assert not asking.done()
        rig.clock.advance(WAIT)

        assert (await asking).status == 200
        never.set()

    async def test_outlives_the_process(self, rig: Rig) -> None:
        await stored(rig)
        rig.restart()
        await rig.cache.tags.load()
        await rig.cache.credentials.load()
        for target in (ME, RIGHTS, FOLDER):
            rig.upstream.answers(target, AWAY)
        rig.clock.advance(3600)

        answer = await rig.ask(FOLDER)

        assert (answer.body, answer.cache_status) == (FIRST, b"ayon-proxy; hit; detail=offline")

    async def test_from_the_future_is_none(self, rig: Rig) -> None:
        await stored(rig)
        rig.clock.advance(-3600)
        rig.upstream.answers(ME, NO)

        assert (await rig.ask(FOLDER)).status == 401

    async def test_holds_nothing_secret(self, rig: Rig) -> None:
        await stored(rig)

        (kept,) = rig.proofs.proofs.items()
        assert b"alice" not in repr(kept).encode()

    async def test_is_not_renewed_before_a_write_that_upstream_judges_itself(
        self, rig: Rig
    ) -> None:
        await stored(rig)
        rig.clock.advance(2 * RECHECK)
        rig.upstream.answers(FOLDER, ok(b"{}"))
        await rig.ask(FOLDER, method="PATCH", body=GivenBody(b"{}"))

        assert rig.asked(ME) == 1

    async def test_is_not_made_in_vain_again_and_again(self, rig: Rig) -> None:
        await stored(rig)
        rig.upstream.answers(ME, UpstreamBroke("reset"))
        rig.clock.advance(2 * RECHECK)
        for _ in range(5):
            await rig.ask(FOLDER)

        assert rig.asked(ME) == 2


class TestRights:
    async def test_that_have_changed_end_what_was_given_before(self, rig: Rig) -> None:
        await stored(rig)
        says(rig, "guests")
        rig.clock.advance(RECHECK)
        assert hit((await rig.ask(FOLDER)).cache_status)
        await settled()

        answer = await rig.ask(FOLDER)

        assert (answer.body, answer.cache_status) == (SECOND, b"ayon-proxy; fwd=uri-miss; stored")

    async def test_that_changed_while_the_proxy_was_down_are_noticed(self, rig: Rig) -> None:
        await stored(rig)
        says(rig, "guests")
        rig.clock.advance(2 * RECHECK)
        rig.restart()
        await rig.cache.tags.load()
        await rig.cache.credentials.load()

        assert (await rig.ask(FOLDER)).body == SECOND

    @pytest.mark.parametrize(
        ("rules", "lives_long"),
        [
            ({"read": {"enabled": True, "access_list": [{"access_type": "assigned"}]}}, False),
            ({"read": {"enabled": False, "access_list": [{"access_type": "assigned"}]}}, True),
            ({"read": {"enabled": True, "access_list": [{"access_type": "hierarchy"}]}}, True),
            ({"advanced": {"show_sibling_tasks": False}}, False),
            ({"advanced": {"show_sibling_tasks": True}}, True),
            ({}, True),
        ],
    )
    async def test_by_assignment_make_answers_live_shortly(
        self, rig: Rig, rules: dict[str, object], lives_long: bool
    ) -> None:
        says(rig, rules=rules)
        await stored(rig)
        rig.clock.advance(ENTITY.unwatched + 1)

        assert hit((await rig.ask(FOLDER)).cache_status) is lives_long

    async def test_that_upstream_does_not_tell_make_answers_live_shortly(self, rig: Rig) -> None:
        rig.upstream.answers(RIGHTS, Answer(403, (JSON,), (b"{}",)))
        await stored(rig)
        assert hit((await rig.ask(FOLDER)).cache_status)
        rig.clock.advance(ENTITY.unwatched + 1)

        assert not hit((await rig.ask(FOLDER)).cache_status)


class TestEvents:
    async def heard(self, rig: Rig, **event: object) -> None:
        await rig.cache.invalidator.apply({"id": "e1", "project": None, **event})
        await settled()

    async def test_a_session_that_is_over_is_over_at_once(self, rig: Rig) -> None:
        await stored(rig, SESSION)
        await self.heard(rig, topic="auth.logout", summary={"token": "s1"})
        for target in (ME, RIGHTS, FOLDER):
            rig.upstream.answers(target, AWAY)

        assert (await rig.ask(FOLDER, SESSION)).status == 504

    async def test_a_session_that_ends_while_it_is_looked_up_is_over(self, rig: Rig) -> None:
        answered = asyncio.Event()
        told = ok(b'{"name": "artist", "active": true, "data": {}}', head_after=answered)
        rig.upstream.answers(ME, told, AWAY)
        asking = asyncio.create_task(rig.ask(FOLDER, SESSION))
        await settled()
        await self.heard(rig, topic="auth.logout", summary={"token": "s1"})
        answered.set()
        await asking

        assert rig.cache.credentials.known == 0

    async def test_a_session_that_ends_while_its_proof_is_written_leaves_none(self) -> None:
        rig = Rig(proves=False, proofs=LateProofs())
        assert isinstance(rig.proofs, LateProofs)
        says(rig)
        rig.upstream.answers(FOLDER, ok(FIRST))
        asking = asyncio.create_task(rig.ask(FOLDER, SESSION))
        await settled()
        await self.heard(rig, topic="auth.logout", summary={"token": "s1"})
        rig.proofs.may_keep.set()
        await asking

        assert rig.proofs.proofs == {}

    async def test_a_session_that_is_over_is_no_more_though_the_index_fails(self, rig: Rig) -> None:
        await stored(rig, SESSION)
        rig.index.failure = StorageFailed("disk full")
        await self.heard(rig, topic="auth.logout", summary={"token": "s1"})

        assert rig.proofs.proofs == {}

    async def test_who_holds_a_connection_open_is_not_forgotten(self, rig: Rig) -> None:
        request = Request("GET", b"/ws", b"", (SESSION,))
        who = principal(request, SECRET_KEY)
        await rig.cache.credentials.met(who, request)
        holding = asyncio.create_task(rig.cache.credentials.until_revoked(who, request))
        await settled()
        callers = rig.cache.credentials.callers
        callers.update((b"%d" % number, KnownCaller()) for number in range(MOST_CALLERS))
        await rig.ask(FOLDER)
        await self.heard(rig, topic="auth.logout", summary={"token": "s1"})

        assert holding.done()
        assert len(callers) <= MOST_CALLERS + 1

    async def test_a_key_outlives_its_sessions(self, rig: Rig) -> None:
        await stored(rig)
        await self.heard(rig, topic="auth.logout", summary={"token": "alice"})
        assert hit((await rig.ask(FOLDER)).cache_status)
        assert rig.asked(ME) == 2
        await self.heard(rig, topic="auth.logout", summary={"token": "alice"})
        for target in (ME, RIGHTS, FOLDER):
            rig.upstream.answers(target, AWAY)

        assert (await rig.ask(FOLDER)).body == FIRST

    async def test_a_key_that_is_over_is_over_at_once(self, rig: Rig) -> None:
        await stored(rig)
        await self.heard(rig, topic="auth.logout", summary={"token": "alice"})
        rig.upstream.answers(ME, NO)

        assert (await rig.ask(FOLDER)).status == 401

    async def test_who_logs_out_is_known_by_the_token_whatever_form_it_is_sent_in(
        self, rig: Rig
    ) -> None:
        await stored(rig, (b"cookie", b"theme=dark; accessToken=s1"))
        rig.upstream.answers(b"/api/auth/logout", ok(b"{}"))
        await rig.ask(b"/api/auth/logout", SESSION, method="POST")

        assert rig.cache.credentials.known == 0

    async def test_that_of_another_goes_on(self, rig: Rig) -> None:
        await stored(rig)
        await self.heard(rig, topic="auth.logout", summary={"token": "bob"})
        for target in (ME, RIGHTS, FOLDER):
            rig.upstream.answers(target, AWAY)

        assert (await rig.ask(FOLDER)).body == FIRST

    @pytest.mark.parametrize(
        "event",
        [
            {"topic": "auth.logout", "summary": {}, "user": "artist"},
            {"topic": "auth.logout", "summary": {}, "user": "who asks in the artist's name"},
            {"topic": "access_group.updated", "summary": {"name": "artists"}},
            {"topic": "entity.user.deleted", "summary": {"entityName": "artist"}},
        ],
        ids=lambda event: f"{event['topic']} {event.get('user', '')}",
    )
    async def test_a_caller_is_proved_before_the_next_answer(
        self, rig: Rig, event: dict[str, object]
    ) -> None:
        await stored(rig)
        await self.heard(rig, **event)
        rig.upstream.answers(ME, NO)

        assert (await rig.ask(FOLDER)).status == 401

    async def test_a_changed_group_is_asked_about_again_when_upstream_has_settled(
        self, rig: Rig
    ) -> None:
        await stored(rig)
        await self.heard(rig, topic="access_group.updated", summary={})
        await rig.ask(FOLDER)
        rig.clock.advance(SETTLE_SECONDS)
        await settled()
        rig.upstream.answers(ME, NO)

        assert (await rig.ask(FOLDER)).status == 401

    @pytest.mark.parametrize(
        ("method", "target", "status", "doubted"),
        [
            ("PATCH", b"/api/users/artist", 204, True),
            ("PATCH", b"/api/users/artist", 500, True),
            ("PATCH", b"/api/users/artist", 403, False),
            ("PATCH", b"/api/projects/demo/users/artist", 204, True),
            ("POST", b"/api/projects/demo/guests", 204, True),
            ("PATCH", b"/api/projects/demo/folders/f2", 204, False),
            ("POST", b"/api/users/passwordResetRequest", 204, False),
            ("GET", b"/api/users/artist/sessions", 200, False),
        ],
    )
    async def test_a_write_about_users_is_one_unless_it_was_refused(
        self, rig: Rig, method: str, target: bytes, status: int, doubted: bool
    ) -> None:
        await stored(rig)
        rig.upstream.answers(target, Answer(status, (JSON,), (b"{}",)))
        body = None if method == "GET" else GivenBody(b"{}")
        await rig.ask(target, method=method, body=body, caller=b"boss")
        rig.upstream.answers(ME, NO)

        assert (await rig.ask(FOLDER)).status == (401 if doubted else 200)

    async def test_a_look_up_that_began_before_does_not_count(self, rig: Rig) -> None:
        await stored(rig)
        rig.clock.advance(RECHECK)
        answered = asyncio.Event()
        rig.upstream.answers(RIGHTS, ok(b'{"projects": {}}', head_after=answered))
        await rig.ask(FOLDER)
        await settled()
        await self.heard(rig, topic="access_group.updated", summary={})
        rig.upstream.answers(ME, NO)
        asking = asyncio.create_task(rig.ask(FOLDER))
        await settled()
        answered.set()

        assert (await asking).status == 401


class TestGuessing:
    async def test_costs_upstream_nothing_after_the_first_few(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        statuses = [
            (await rig.ask(FOLDER, caller=b"guess %d" % number)).status for number in range(100)
        ]

        assert rig.asked(ME) == guesses.BURST
        assert statuses == [401] * guesses.BURST + [429] * (100 - guesses.BURST)

    async def test_at_the_same_moment_neither(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        await asyncio.gather(*(rig.ask(FOLDER, caller=b"guess %d" % n) for n in range(300)))

        assert rig.asked(ME) < guesses.BURST + 10

    async def test_by_many_addresses_ends_before_upstream_ends_it(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        for number in range(200):
            address = (b"x-forwarded-for", b"10.0.0.%d" % number)
            await rig.ask(FOLDER, address, caller=b"guess %d" % number)

        assert rig.asked(ME) == guesses.MOST_KEYS

    @pytest.mark.parametrize(
        ("method", "target"),
        [("POST", b"/api/auth/login"), ("GET", b"/some/page"), ("GET", b"//api/users/me")],
    )
    async def test_at_a_door_that_is_open_to_all_is_guessing_too(
        self, rig: Rig, method: str, target: bytes
    ) -> None:
        rig.upstream.answers(ME, NO)
        rig.upstream.answers(target + b"?token=once", ok(FIRST))
        for number in range(100):
            body = GivenBody(b"{}") if method == "POST" else None
            asked = (target + b"?token=once", (b"accept", b"*/*"))
            answer = await rig.ask(*asked, method=method, body=body, caller=b"guess %d" % number)
            assert answer.body == FIRST
        sent = [each.request for each in rig.upstream.sent if each.request.path == target]

        assert rig.asked(ME) == guesses.BURST
        assert {each.fields for each in sent} == {((b"accept", b"*/*"),)}

    async def test_with_the_same_few_again_and_again_ends_too(self, rig: Rig) -> None:
        """A farm sends its keys as tokens all day long: upstream counts each time."""
        rig.upstream.answers(ME, NO)
        for _ in range(20):
            for number in range(10):
                assert (await rig.ask(FOLDER, caller=b"key %d" % number)).status == 401
            rig.clock.advance(RECHECK)

        assert rig.asked(ME) <= guesses.MOST_KEYS + 10

    async def test_beside_a_token_that_is_known_is_guessing_too(self, rig: Rig) -> None:
        """Upstream takes the key and does not look at the other (server.md 3.1)."""
        await stored(rig, (b"cookie", b"accessToken=s1"))
        asked = rig.asked(ME)
        rig.upstream.answers(ME, NO)
        for number in range(100):
            cookie = (b"cookie", b"accessToken=s1")
            await rig.ask(FOLDER, cookie, caller=b"guess %d" % number)

        assert rig.asked(ME) - asked < 30

    async def test_holds_up_nobody_who_is_known(self, rig: Rig) -> None:
        await stored(rig)
        rig.upstream.answers(ME, NO)
        for number in range(100):
            await rig.ask(FOLDER, caller=b"guess %d" % number)

        assert (await rig.ask(FOLDER)).body == FIRST

    async def test_is_not_what_brings_a_token_that_upstream_hands_out(self, rig: Rig) -> None:
        """After a weekend, when all sessions have ended."""
        rig.upstream.answers(ME, NO)
        for number in range(100):
            await rig.ask(FOLDER, caller=b"guess %d" % number)
        target, token = b"/api/auth/login", (b"authorization", b"Bearer new")
        rig.upstream.answers(target, ok(b'{"detail":"Welcome","token":"new"}'))
        login = Request("POST", target, b"", ())
        assert (await read(await rig.cache.engine.handle(login, GivenBody(b"{}")))).status == 200
        says(rig)
        asked = Request("GET", FOLDER, b"", (token,))

        assert (await read(await rig.cache.engine.handle(asked, GivenBody()))).status == 200

    async def test_is_not_a_known_key_in_the_name_of_somebody_new(self, rig: Rig) -> None:
        await stored(rig)
        known = rig.upstream.script[ME]
        rig.upstream.answers(ME, NO)
        for number in range(100):
            await rig.ask(FOLDER, caller=b"guess %d" % number)
        rig.upstream.script[ME] = known

        assert (await rig.ask(FOLDER, (b"x-as-user", b"somebody new"))).status == 200

    async def test_is_forgiven_in_time(self, rig: Rig) -> None:
        rig.upstream.answers(ME, NO)
        for number in range(100):
            refused = await rig.ask(FOLDER, caller=b"guess %d" % number)
        says(rig)
        rig.clock.advance(int(refused.value(b"retry-after") or b"0"))

        assert (await rig.ask(FOLDER)).status == 200
