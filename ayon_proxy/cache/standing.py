"""What is known of a caller when its request comes in."""

from __future__ import annotations

from dataclasses import dataclass

from ayon_proxy.policy.message import Head
from ayon_proxy.policy.rights import Told


@dataclass(frozen=True, slots=True)
class Standing:
    """It may be given what is stored. `told` is None for who has no credential at all.

    `fresh`: upstream has said so within twice the recheck time; otherwise it could not be asked,
    and the caller is taken for what it was (contract, IDENTITY_GRACE).
    """

    told: Told | None
    fresh: bool


NOBODY = Standing(told=None, fresh=True)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Upstream does not know the credential, and this is how it said so."""

    head: Head
    body: bytes


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many unknown credentials were tried; not before so many seconds is this one."""

    seconds: float


Met = Standing | Refusal | Throttled | None
"""None: nothing is known of the caller, and upstream can't be asked."""
