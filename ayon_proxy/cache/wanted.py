"""What one request wants of the store: a row's word on it, or a GraphQL question's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Route


@dataclass(frozen=True, slots=True)
class Wanted:
    """A read that may be answered from the store, or fetched for all who wait for it.

    `tags` is the packed column of what its answer is known to carry before it has come. `question`
    is the body that upstream is sent, where the answer is that to a GraphQL question: it says then
    what else it carries. `proved`: whether the caller's rights are known to be what they were;
    with True it asks upstream where that isn't known.
    `deciding`: see `policy.decision.decide`.
    """

    request: Request
    route: Route
    key: bytes
    tags: bytes
    lifetimes: Lifetimes
    proved: Callable[[bool], Awaitable[bool]]
    question: bytes | None = None
    deciding: bool = False
