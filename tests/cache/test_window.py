"""The engine when the disk refuses: clients get their bytes, nothing is stored, nothing hangs."""

from __future__ import annotations

import asyncio

import pytest

from ayon_proxy.cache.spool import WINDOW_BYTES
from ayon_proxy.cache.storage_health import QUIET_SECONDS
from ayon_proxy.errors import NoRoom, StorageFailed, UpstreamBroke
from tests.cache.rig import ADDON, FOLDER, LIST, Rig, file, ok, read, settled

CONTENT = b"".join(b"%08d" % at for at in range(0, 3 * WINDOW_BYTES, 8))
PIECES = [CONTENT[at : at + 65_536] for at in range(0, len(CONTENT), 65_536)]


@pytest.mark.parametrize("room", [0, 1_000_000], ids=["from the first byte", "in the middle"])
async def test_all_who_wait_are_served_and_nothing_is_stored(rig: Rig, room: int) -> None:
    rig.blobs.room = room
    rig.upstream.answers(ADDON, file(CONTENT, b'"one"', *PIECES))
    asking = [asyncio.create_task(rig.ask(ADDON)) for _ in range(5)]
    assert [it.body == CONTENT for it in await asyncio.gather(*asking)] == [True] * 5
    await rig.cache.in_flight.idle()
    assert rig.asked(ADDON) == 1
    assert rig.bodies == []
    assert not rig.blobs.blobs


async def test_who_comes_later_asks_on_its_own(rig: Rig) -> None:
    rig.blobs.room = 0
    held = asyncio.Event()
    rig.upstream.answers(
        ADDON,
        file(CONTENT, b'"one"', *PIECES[:4], held, *PIECES[4:]),
        file(CONTENT, b'"one"', *PIECES),
    )
    first = asyncio.create_task(rig.ask(ADDON))
    await settled()
    assert (await rig.ask(ADDON)).body == CONTENT
    held.set()
    assert (await first).body == CONTENT
    assert rig.asked(ADDON) == 2


async def test_when_nobody_reads_upstream_is_closed(rig: Rig) -> None:
    rig.blobs.room = 0
    rig.upstream.answers(ADDON, file(CONTENT, b'"one"', *PIECES))
    answer = await rig.begin(ADDON)
    await settled()
    assert not rig.upstream.responses[0].closed.is_set()
    await answer.body.aclose()
    await rig.cache.in_flight.idle()
    assert rig.upstream.responses[0].closed.is_set()
    assert rig.upstream.responses[0].wire_bytes <= WINDOW_BYTES + 2 * 65_536


async def test_one_who_left_before_the_head_is_not_waited_for(rig: Rig) -> None:
    rig.blobs.room = 0
    head = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(*PIECES, head_after=head))
    leaving = asyncio.create_task(rig.ask(FOLDER))
    await rig.upstream.arrived(1)
    staying = asyncio.create_task(rig.ask(FOLDER))
    await settled()
    leaving.cancel()
    await settled()
    head.set()
    assert (await staying).body == CONTENT


async def test_a_file_of_unknown_length_goes_out_without_one(rig: Rig) -> None:
    rig.blobs.room = 0
    rig.upstream.answers(ADDON, ok(*PIECES, fields=()))
    answer = await rig.begin(ADDON)
    assert answer.body.length is None
    assert (await read(answer)).body == CONTENT


async def test_a_file_of_unknown_length_waits_for_its_end_where_it_is_kept(rig: Rig) -> None:
    end = asyncio.Event()
    rig.upstream.answers(ADDON, ok(*PIECES, end, b"!", fields=()))
    asking = [asyncio.create_task(rig.ask(ADDON)) for _ in range(3)]
    await settled()
    assert not any(it.done() for it in asking)
    end.set()
    for answer in await asyncio.gather(*asking):
        assert answer.length == len(CONTENT) + 1
        assert answer.body == CONTENT + b"!"


async def test_a_file_of_unknown_length_that_breaks_is_504(rig: Rig) -> None:
    rig.upstream.answers(ADDON, ok(b"half", UpstreamBroke("cut"), fields=()))
    answer = await rig.ask(ADDON)
    assert (answer.status, answer.cache_status) == (504, b"ayon-proxy; detail=lost")
    assert rig.bodies == []


async def test_one_who_leaves_while_it_waits_for_the_end_is_not_waited_for(rig: Rig) -> None:
    end = asyncio.Event()
    rig.upstream.answers(ADDON, ok(*PIECES, end, fields=()))
    leaving = asyncio.create_task(rig.ask(ADDON))
    await settled()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    end.set()
    await rig.cache.in_flight.idle()
    assert rig.bodies == [CONTENT]


async def test_an_answer_without_length_that_is_no_file_does_not_wait(rig: Rig) -> None:
    end = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b'"first"', end))
    answer = await rig.begin(FOLDER)
    chunks = answer.body.stream()
    assert await anext(chunks) == b'"first"'
    end.set()
    await answer.body.aclose()


class TestStorageFailing:
    async def test_a_look_up_that_fails_is_a_miss(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.restart()
        rig.index.failure = StorageFailed("I/O error")
        rig.upstream.answers(FOLDER, ok(b'"second"'))
        answer = await rig.ask(FOLDER)
        assert (answer.body, answer.cache_status) == (
            b'"second"',
            b"ayon-proxy; fwd=uri-miss; stored",
        )

    async def test_a_store_that_fails_costs_no_answer(self, rig: Rig) -> None:
        rig.index.failure = StorageFailed("I/O error")
        for _ in range(2):
            rig.upstream.answers(ADDON, file(CONTENT))
            assert (await rig.ask(ADDON)).body == CONTENT
        rig.index.failure = None
        await rig.cache.in_flight.idle()
        await rig.cache.janitor.tick()
        assert not rig.blobs.blobs

    async def test_a_file_that_can_not_be_opened_is_a_miss(self, rig: Rig) -> None:
        await rig.stored(ADDON, CONTENT)
        rig.blobs.failure = StorageFailed("I/O error")
        assert (await rig.ask(ADDON)).cache_status == b"ayon-proxy; fwd=uri-miss; stored"

    async def test_a_commit_that_fails_stores_nothing(self, rig: Rig) -> None:
        end = asyncio.Event()
        rig.upstream.answers(ADDON, file(CONTENT, b'"one"', *PIECES, end))
        asking = asyncio.create_task(rig.ask(ADDON))
        await settled(300)
        rig.blobs.failure = StorageFailed("I/O error")
        end.set()
        assert (await asking).body == CONTENT
        await rig.cache.in_flight.idle()
        assert rig.bodies == []

    async def test_a_disk_that_takes_small_answers_alone_is_said_to_fail_once(
        self, rig: Rig, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rig.upstream.answers(FOLDER, ok(b'"x"'))
        rig.blobs.failure = StorageFailed("No space left on device")
        for _ in range(3):
            rig.upstream.answers(ADDON, file(CONTENT))
            await rig.ask(ADDON)
            await rig.cache.in_flight.idle()
            await rig.ask(FOLDER, (b"cache-control", b"no-cache"))
            await rig.cache.in_flight.idle()
            assert rig.cache.store.health.failing == "No space left on device"
        assert capsys.readouterr().out.count("storage_failing") == 1
        rig.blobs.failure = None
        rig.clock.advance(QUIET_SECONDS)
        await rig.ask(FOLDER, (b"cache-control", b"no-cache"))
        await rig.cache.in_flight.idle()
        assert rig.cache.store.health.failing is None

    async def test_a_file_that_there_is_no_room_for_is_no_failure(self, rig: Rig) -> None:
        rig.cache.store.report(NoRoom("There is no room left in the data directory."))
        assert rig.cache.store.health.failing is None

    async def test_it_is_said_once_until_it_works_again(
        self, rig: Rig, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def said() -> int:
            return capsys.readouterr().out.count("storage_failing")

        rig.upstream.answers(FOLDER, ok(b'"x"'))
        rig.index.failure = StorageFailed("I/O error")
        for _ in range(3):
            await rig.ask(FOLDER)
            await rig.cache.in_flight.idle()
        assert said() == 1
        rig.index.failure = None
        rig.clock.advance(QUIET_SECONDS)
        await rig.ask(FOLDER)
        await rig.cache.in_flight.idle()
        assert said() == 0
        rig.index.failure = StorageFailed("I/O error")
        rig.upstream.answers(LIST, ok(b'"x"'))
        await rig.ask(LIST)
        assert said() == 1

    async def test_what_was_used_when_is_not_worth_an_error(self, rig: Rig) -> None:
        await rig.stored(FOLDER)
        rig.index.failure = StorageFailed("I/O error")
        await rig.cache.store.flush_used()
        await rig.cache.store.flush_used()
