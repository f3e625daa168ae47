"""What `cache` relies on in a Journal, the fake and the real one alike."""

from __future__ import annotations

import asyncio

from ayon_proxy.cache.ports import Journal

MOST = (1 << 64) - 1


async def open_intents(journal: Journal) -> dict[bytes, set[int]]:
    return {intent: set(tags) for intent, tags in (await journal.open_intents()).items()}


class TestFacts:
    async def test_what_was_remembered_is_recalled_exactly(self, journal: Journal) -> None:
        await journal.remember("cursor", bytes(range(256)))
        await journal.remember("nothing in it", b"")
        assert await journal.recall("cursor") == bytes(range(256))
        assert await journal.recall("nothing in it") == b""

    async def test_what_was_never_remembered_is_none(self, journal: Journal) -> None:
        await journal.remember("cursor", b"1")
        assert await journal.recall("Cursor") is None
        assert await journal.recall("") is None

    async def test_the_last_one_remembered_counts(self, journal: Journal) -> None:
        contents = [b"%d" % number for number in range(40)]
        await asyncio.gather(*(journal.remember("cursor", content) for content in contents))
        assert await journal.recall("cursor") == contents[-1]


class TestIntents:
    async def test_none_is_open_at_first(self, journal: Journal) -> None:
        assert await open_intents(journal) == {}

    async def test_they_are_open_until_they_are_closed(self, journal: Journal) -> None:
        await journal.open_intent(b"\x00 a write", [0, 1, MOST])
        await journal.open_intent(b"x" * 64, {7})
        expected = {b"\x00 a write": {0, 1, MOST}, b"x" * 64: {7}}
        assert await open_intents(journal) == expected
        await journal.close_intent(b"\x00 a write")
        assert await open_intents(journal) == {b"x" * 64: {7}}

    async def test_one_may_be_without_tags(self, journal: Journal) -> None:
        await journal.open_intent(b"nothing", ())
        assert await open_intents(journal) == {b"nothing": set()}

    async def test_opened_again_it_keeps_the_tags_it_had(self, journal: Journal) -> None:
        """Else an invalidation that was promised would never come."""
        await journal.open_intent(b"write", [1, MOST])
        await journal.open_intent(b"write", [2, MOST])
        assert await open_intents(journal) == {b"write": {1, 2, MOST}}

    async def test_closing_what_is_not_open_changes_nothing(self, journal: Journal) -> None:
        await journal.open_intent(b"write", [1])
        await journal.close_intent(b"other")
        await journal.close_intent(b"write")
        await journal.close_intent(b"write")
        assert await open_intents(journal) == {}

    async def test_intents_and_facts_do_not_meet(self, journal: Journal) -> None:
        await journal.remember("same", b"1")
        await journal.open_intent(b"same", [1])
        await journal.close_intent(b"same")
        assert await journal.recall("same") == b"1"
