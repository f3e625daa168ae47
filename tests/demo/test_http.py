"""The demo server answers as the recorded server did: status, fields, body.

Every record of an http family that is not GraphQL is sent to a demo server with the corpus'
studio, on a real socket, in the order of the recording.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.not_emulated import NOT_EMULATED
from ayon_proxy.demo.running import DemoServer
from tests.demo.corpus import AVAILABLE, FOLDER, records, requires_corpus
from tests.demo.corpus_catalogue import studio_of
from tests.demo.replaying import Replay, deviations

FAMILIES = (
    sorted(
        path.stem
        for path in Path(FOLDER, "http").glob("*.json")
        if not path.stem.startswith("graphql_")
    )
    if AVAILABLE
    else []
)


def excuses(record_id: str) -> set[str]:
    """The patterns of what is not emulated that a record matches."""
    return {pattern for pattern in NOT_EMULATED if fnmatchcase(f"http/{record_id}", pattern)}


@requires_corpus
@pytest.mark.parametrize("family", FAMILIES)
async def test_family_is_answered_as_recorded(family: str) -> None:
    unlike: dict[str, list[str]] = {}
    used: set[str] = set()
    async with DemoServer(studio_of(family)) as demo, httpx.AsyncClient(timeout=30) as client:
        replay = Replay(client, demo)
        for record in records(family):
            found = list(deviations(record, *await replay.answer(record)))
            if found and not (excused := excuses(record["id"])):
                unlike[record["id"]] = found
            elif found:
                used |= excused
    ours = {each for each in NOT_EMULATED if each.startswith(f"http/{family}-")}
    unlike |= {each: ["excuses nothing: take it off the list"] for each in ours - used}
    assert not unlike, "\n".join(f"{key}: {'; '.join(why)}" for key, why in unlike.items())
