"""A proof: what upstream has said of a caller, and the form in which it outlives the process."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from ayon_proxy.policy.rights import Level, ProjectRights, Told


@dataclass(frozen=True, slots=True)
class Proof:
    """`proved_at` is when the look-up began, in seconds since the epoch: nothing that was changed
    before it is unknown. `marks` are HMACs of the tokens that the credential holds."""

    told: Told
    proved_at: float
    marks: frozenset[bytes]
    number: int = 0
    """Of the look-up, counted by caller; 0 for one of an earlier process."""


def written(proof: Proof) -> bytes:
    """Without anything secret."""
    told = proof.told
    return orjson.dumps(
        {
            "name": told.name,
            "level": int(told.level),
            "kind": told.kind,
            "digest": told.digest.hex(),
            "projects": {
                name: [each.digest.hex(), each.by_assignment, each.by_path]
                for name, each in told.projects.items()
            },
            "complete": told.complete,
            "marks": sorted(mark.hex() for mark in proof.marks),
        }
    )


def read(proved_at: float, content: bytes) -> Proof | None:
    """None for what another version of this program wrote."""
    try:
        said = orjson.loads(content)
        projects = {
            name: ProjectRights(bytes.fromhex(digest), by_assignment, by_path)
            for name, (digest, by_assignment, by_path) in said["projects"].items()
        }
        digest = bytes.fromhex(said["digest"])
        told = Told(
            said["name"], Level(said["level"]), said["kind"], digest, projects, said["complete"]
        )
        return Proof(told, proved_at, frozenset(map(bytes.fromhex, said["marks"])))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
