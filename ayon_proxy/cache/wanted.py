"""What one request wants of the store: a row's word on it, or a GraphQL question's."""

from __future__ import annotations

from dataclasses import dataclass

from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Route, Share


@dataclass(frozen=True, slots=True)
class Sharing:
    """With whom the answer may be shared: `key` is that of all of them. `scope` is what they have
    in common (`policy.scope`), which `share` and `project` make of what upstream tells of the
    caller, whose principal and request these are."""

    key: bytes
    scope: bytes
    share: Share
    project: str | None
    caller: bytes
    request: Request


@dataclass(frozen=True, slots=True)
class Wanted:
    """A read that may be answered from the store, or fetched for all who wait for it.

    `key` is the caller's own. `tags` is the packed column of what its answer is known to carry
    before it has come, `scope_tags` that of what it carries because of who sees it. `question` is
    the body that upstream is sent, where the answer is that to a GraphQL question: it says then
    what else it carries. `given`: what is stored may be given to the caller; `lasting`: events tell
    when it changes, and upstream has confirmed the caller lately. `deciding`: see
    `policy.decision.decide`.
    """

    request: Request
    route: Route
    key: bytes
    tags: bytes
    lifetimes: Lifetimes
    given: bool = True
    lasting: bool = False
    sharing: Sharing | None = None
    scope_tags: bytes = b""
    question: bytes | None = None
    deciding: bool = False
    elsewhere: bytes | None = None
    """The key of the newest answer to the same at any workstation of the caller, which stands in
    where there is none of this one."""

    @property
    def joined_by(self) -> bytes:
        """The key under which others may wait for the same fetch: what is the same for every
        signed-in user is, for all of them (architecture 3.7)."""
        if self.sharing is not None and self.sharing.share is Share.SIGNED_IN:
            return self.sharing.key
        return self.key
