"""Who asks, and what that means for keys, sharing and lifetimes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from ayon_proxy.cache.registrations import SAYS, SITE
from ayon_proxy.cache.standing import Standing
from ayon_proxy.cache.wanted import Sharing, Wanted
from ayon_proxy.policy import scope, tags
from ayon_proxy.policy.cache_key import cache_key, varying
from ayon_proxy.policy.fields import without
from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Route, Share

ELSEWHERE = b"elsewhere"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A caller with its request. `as_of` is its principal as it belongs into a key; `shares` is
    False where the studio shares nothing between users (IDENTITY__SHARING)."""

    request: Request
    principal: bytes
    as_of: bytes
    standing: Standing | None
    shares: bool

    def key(self, route: Route, extra: bytes = b"") -> bytes:
        """The caller's own cache key; `extra` is what else the answer depends on."""
        return self._key(route, extra, self.as_of)

    @property
    def elsewhere(self) -> bytes:
        """The caller's own key for what it is told at whatever workstation."""
        asked = self.request
        return cache_key(asked.method, asked.path, asked.query, self.as_of, (), ELSEWHERE)

    def nowhere(self) -> Visitor:
        """The caller without its workstation."""
        fields = without(self.request.fields, {SITE, *SAYS})
        return replace(self, request=replace(self.request, fields=fields))

    def wanted(
        self,
        route: Route,
        packed: bytes,
        lifetimes: Lifetimes,
        *,
        share: Share = Share.USER,
        projects: Collection[str] = (),
        extra: bytes = b"",
    ) -> Wanted:
        """What it wants of the store. `packed` are the tags that its answer is known to carry, of
        these projects."""
        standing = self.standing
        told = None if standing is None else standing.told
        sharing = self._sharing(route, share, projects, extra)
        lasting = told is not None and (sharing is not None or scope.lasting(projects, told))
        scope_tags = tags.pack(scope.tags(projects, told))
        return Wanted(
            request=self.request,
            route=route,
            key=self.key(route, extra),
            tags=tags.joined(packed, scope_tags),
            lifetimes=lifetimes,
            given=standing is not None,
            lasting=lasting and standing is not None and standing.fresh,
            sharing=sharing,
            scope_tags=scope_tags,
        )

    def _sharing(
        self, route: Route, share: Share, projects: Collection[str], extra: bytes
    ) -> Sharing | None:
        told = None if self.standing is None else self.standing.told
        if told is None or not self.shares:
            return None
        project = next(iter(projects)) if len(projects) == 1 else None
        common = scope.scope(share, project, told)
        if common is None:
            return None
        key = self._key(route, extra, common)
        return Sharing(key, common, share, project, self.principal, self.request)

    def _key(self, route: Route, extra: bytes, who: bytes) -> bytes:
        request = self.request
        return cache_key(
            request.method,
            request.path,
            request.query,
            who,
            varying(request.fields, route.vary),
            extra,
        )
