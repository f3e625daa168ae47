"""Sites that are registered by asking. Broken once: a field left out of what is said, the caller
left out, `done` before the answer, `forget` left out."""

from __future__ import annotations

import pytest

from ayon_proxy.policy.tags import tag_hash
from tests.cache.rig import JSON, Rig, ok
from tests.support.memory_upstream import Answer

INFO = b"/api/info"
SITES = b"/api/system/sites"
SAID = (
    (b"x-ayon-site-id", b"here"),
    (b"x-ayon-platform", b"linux"),
    (b"x-ayon-hostname", b"ws-01"),
    (b"x-ayon-version", b"1.6.3"),
)


async def fell(rig: Rig, *fields: tuple[bytes, bytes], caller: bytes = b"alice") -> bool:
    """Whether asking with these fields makes the records of sites old."""
    before = rig.cache.tags.last_invalidated(tag_hash("sites"))
    await rig.ask(INFO, *fields, caller=caller)
    return rig.cache.tags.last_invalidated(tag_hash("sites")) > before


async def test_what_was_said_before_changes_nothing(rig: Rig) -> None:
    rig.upstream.answers(INFO, ok(b"{}"))

    assert await fell(rig, *SAID)
    assert not await fell(rig, *SAID)
    assert not await fell(rig, *reversed(SAID))


@pytest.mark.parametrize("at", [0, 1, 3])
async def test_something_else_does(rig: Rig, at: int) -> None:
    rig.upstream.answers(INFO, ok(b"{}"))
    await rig.ask(INFO, *SAID)

    assert await fell(rig, *SAID[:at], (SAID[at][0], b"other"), *SAID[at + 1 :])


async def test_another_host_of_the_site_does_not(rig: Rig) -> None:
    rig.upstream.answers(INFO, ok(b"{}"))
    hosts = [(*SAID[:2], (SAID[2][0], b"node-%d" % number), SAID[3]) for number in range(3)]

    assert await fell(rig, *hosts[0])
    for host in (*hosts, *hosts):
        assert not await fell(rig, *host)


async def test_a_record_that_is_made_anew_has_nobody_but_who_made_it(rig: Rig) -> None:
    rig.upstream.answers(INFO, ok(b"{}"))
    newer = (*SAID[:3], (SAID[3][0], b"1.6.4"))

    for said, caller in [(SAID, b"alice"), (SAID, b"bob"), (newer, b"bob"), (newer, b"alice")]:
        assert await fell(rig, *said, caller=caller)
        assert not await fell(rig, *said, caller=caller)
    assert await fell(rig, *SAID, caller=b"bob")


async def test_somebody_else_does(rig: Rig) -> None:
    rig.upstream.answers(INFO, ok(b"{}"))
    await rig.ask(INFO, *SAID)

    assert await fell(rig, *SAID, caller=b"bob")


@pytest.mark.parametrize("at", range(4))
async def test_who_does_not_say_all_registers_nothing(rig: Rig, at: int) -> None:
    rig.upstream.answers(INFO, ok(b"{}"))

    assert not await fell(rig, *SAID[:at], *SAID[at + 1 :])


async def test_a_question_that_failed_is_as_good_as_none(rig: Rig) -> None:
    rig.upstream.answers(INFO, Answer(500, (JSON,), (b"{}",)))

    assert await fell(rig, *SAID)
    assert await fell(rig, *SAID)


async def test_a_site_that_was_removed_is_registered_again(rig: Rig) -> None:
    rig.upstream.answers(INFO, ok(b"{}"))
    rig.upstream.answers(SITES + b"/here", Answer(204))
    await rig.ask(INFO, *SAID)

    await rig.ask(SITES + b"/here", method="DELETE")

    assert await fell(rig, *SAID)
