"""A proof outlives the process exactly, and whatever else is found in its place is none. Mutations
that must each fail: any member left out of what is written; a level, a digest or a mark read as
another; anything raised for what can't be read."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.cache.proof import Proof, read, written
from ayon_proxy.policy.rights import Level, ProjectRights, Told

_NAMES = st.text(st.characters(codec="utf-8"), max_size=10)
_DIGESTS = st.binary(min_size=32, max_size=32)
_RIGHTS = st.builds(ProjectRights, _DIGESTS, st.booleans(), st.booleans())
_TOLD = st.builds(
    Told,
    name=_NAMES,
    level=st.sampled_from(Level),
    kind=_NAMES,
    digest=_DIGESTS,
    projects=st.dictionaries(_NAMES, _RIGHTS, max_size=3),
    complete=st.booleans(),
)
_PROOFS = st.builds(
    Proof, _TOLD, st.floats(0, 1e10), st.frozensets(_DIGESTS, max_size=3), st.integers(0, 9)
)
PROOF = Proof(Told("ann", Level.USER, "", b"d" * 32), 5.0, frozenset())


@given(_PROOFS)
def test_what_was_written_is_read_again(proof: Proof) -> None:
    assert read(proof.proved_at, written(proof)) == replace(proof, number=0)


@given(st.binary(max_size=40))
def test_what_is_none_is_none(content: bytes) -> None:
    assert read(1.0, content) is None


@pytest.mark.parametrize("name", orjson.loads(written(PROOF)))
@pytest.mark.parametrize("value", [None, 7, -1, "x", [["x"]], {"x": 1}])
def test_what_another_version_wrote_is_read_without_raising(name: str, value: object) -> None:
    said = orjson.loads(written(PROOF))
    read(1.0, orjson.dumps({**said, name: value}))
    del said[name]

    assert read(1.0, orjson.dumps(said)) is None
