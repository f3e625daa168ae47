"""What `cache` relies on in a store of proofs, the fake and the real one alike."""

from __future__ import annotations

from ayon_proxy.cache.ports import Proofs

ALICE, BOB, CAROL = b"a" * 32, b"b" * 32, bytes(range(32))


async def test_what_was_kept_is_known_exactly(proofs: Proofs) -> None:
    await proofs.keep(CAROL, 1764000000.125, bytes(range(256)))

    assert dict(await proofs.known()) == {CAROL: (1764000000.125, bytes(range(256)))}


async def test_the_oldest_is_the_first(proofs: Proofs) -> None:
    for principal, at in ((ALICE, 3.0), (BOB, 1.0), (CAROL, 2.0)):
        await proofs.keep(principal, at, b"{}")

    assert list(await proofs.known()) == [BOB, CAROL, ALICE]


async def test_the_last_that_was_kept_takes_the_place_of_others(proofs: Proofs) -> None:
    await proofs.keep(ALICE, 9.0, b"new")
    await proofs.keep(ALICE, 1.0, b"newer, of a clock that was set back")

    assert dict(await proofs.known()) == {ALICE: (1.0, b"newer, of a clock that was set back")}


async def test_what_was_dropped_is_not_known_and_others_are(proofs: Proofs) -> None:
    for principal in (ALICE, BOB, CAROL):
        await proofs.keep(principal, 1.0, b"{}")
    await proofs.drop([ALICE, CAROL, b"never kept"])
    await proofs.drop([])

    assert list(await proofs.known()) == [BOB]
