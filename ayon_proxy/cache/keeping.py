"""From a fetched body to a stored response.

Order of visibility: file complete and checked → named by its digest → row and tags in one
transaction. Whoever looks before sees nothing, whoever looks after sees all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import orjson
import structlog

from ayon_proxy.cache.checksums import ListedChecksums, Unlisted, agrees
from ayon_proxy.cache.fetch import Fetch, Plan
from ayon_proxy.cache.fetch import Shared as Arrived
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.questions import Questions
from ayon_proxy.cache.sharing import Shared
from ayon_proxy.cache.space import Space
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.thumbnails import Thumbnails
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy import tags
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.graphql.question import Question
from ayon_proxy.policy.message import StoredResponse
from ayon_proxy.policy.redact import redacted
from ayon_proxy.policy.routes.rows import JSON
from ayon_proxy.policy.shown import Shown, shown
from ayon_proxy.policy.storing import stored_head
from ayon_proxy.policy.thumbnails import Keeping

log = structlog.get_logger(__name__)

PARSED_BYTES = 16 * 1024 * 1024
"""JSON up to this size is parsed before it is stored; beyond, its parse costs too much memory."""


FOR_OFFLINE = -1
"""Begun before every invalidation: never fresh, and there when upstream is away."""


@dataclass(frozen=True, slots=True)
class NotKept:
    """The answer is given and not stored."""

    reason: str


class Keeper:
    """Called by fetches when a body is whole, or when upstream has confirmed a stored one."""

    def __init__(
        self,
        *,
        store: Store,
        space: Space,
        checksums: ListedChecksums,
        questions: Questions,
        thumbnails: Thumbnails,
        shared: Shared,
        clock: Clock,
    ) -> None:
        self._thumbnails = thumbnails
        self._shared = shared
        self._questions = questions
        self._store = store
        self._space = space
        self._checksums = checksums
        self._clock = clock
        self._looking = asyncio.Lock()

    @contextmanager
    def arriving(self, plan: Plan) -> Iterator[None]:
        """Around the whole trip: what is dropped of its projects meanwhile is its answer's, too,
        and who may share it waits for it."""
        used = self._store.used_projects.arriving(self._projects(plan))
        with used, self._shared.arriving(plan.sharing):
            yield

    async def keep(self, fetch: Fetch, shared: Arrived) -> None:
        """Store what was fetched, unless it is not what upstream lists."""
        plan, spool = fetch.plan, shared.spool
        inline: bytes | None = spool.memory
        digest: bytes | None = None
        if plan.route.redact:
            inline = redacted(spool.memory, plan.route.redact)
            if inline is None:
                log.info("not_stored", url=plan.url, reason="nothing could be removed from it")
                return
        keeping = await self._thumbnails.keeping(plan.request, shared.head)
        try:
            carried = await self._tags(plan, shared)
            if keeping is Keeping.NOT:
                carried = NotKept("a thumbnail that changes")
            if isinstance(carried, NotKept):
                log.info("not_stored", url=plan.url, reason=carried.reason)
                return
            if not await self._as_listed(fetch, shared):
                log.warning("checksum_not_confirmed", url=plan.url, effect="not stored")
                return
            if spool.staged is not None:
                inline, digest = None, await spool.staged.commit()
        except StorageFailed as failure:
            self._store.report(failure)
            return
        if inline is not None and not self._space.has_room(len(inline)):
            log.debug("not_stored", url=plan.url, reason="no room at this moment")
            return
        stored = StoredResponse(
            key=plan.key,
            head=stored_head(shared.head),
            size=spool.size if inline is None else len(inline),
            inline=inline,
            digest=digest,
            tags=carried,
            begun_seq=fetch.begun_seq if keeping is Keeping.FRESH else FOR_OFFLINE,
            requested_at=fetch.requested_at,
            received_at=shared.received_at,
            url=plan.url,
        )
        await self._keep(plan, stored)

    async def _keep(self, plan: Plan, stored: StoredResponse) -> None:
        projects = self._projects(plan)
        if await self._store.keep(stored, projects) and plan.sharing is not None:
            self._shared.kept(plan.sharing, plan.key)
        if plan.elsewhere is not None:
            other = replace(stored, key=plan.elsewhere, begun_seq=FOR_OFFLINE)
            await self._store.keep(other, projects)

    async def confirm(self, fetch: Fetch, stored: StoredResponse) -> StoredResponse:
        """Upstream vouched for it: fresh again, as of when it was asked."""
        return await self._store.freshen(stored, self._clock.now(), fetch.begun_seq)

    async def gone(self, fetch: Fetch, stored: StoredResponse) -> None:
        """Upstream has said that there is no such thing, or not for this caller."""
        sharing = fetch.plan.sharing
        if sharing is not None and stored.key == sharing.key:
            self._shared.spoken_against(sharing, fetch.begun_seq)
        else:
            await self._store.forget(stored.key, fetch.begun_seq)

    def not_kept(self, failure: StorageFailed) -> None:
        """The disk did not take the body, or there is no room for it."""
        self._store.report(failure)

    async def _tags(self, plan: Plan, shared: Arrived) -> bytes | NotKept:
        """What the answer carries; or why it is not one of upstream's for such a path."""
        spool = shared.spool
        if plan.route.media != JSON:
            return plan.tags
        if spool.size > PARSED_BYTES:
            return plan.tags if plan.question is None else NotKept("too large to be read")
        asked = None if plan.question is None else self._questions.question(plan.question)
        if spool.staged is None:
            found = _shown(asked, spool.memory)
        else:
            # One at a time: while it is looked through it takes many times its size in memory.
            async with self._looking:
                content = await spool.staged.read(0, spool.size)
                found = await asyncio.to_thread(_shown, asked, content)
        if not isinstance(found, Shown):
            return found or plan.tags
        self._questions.count_unknown(found.unknown)
        return tags.joined(tags.pack(found.tags), plan.scope_tags)

    def _projects(self, plan: Plan) -> Collection[str]:
        """Those that what was fetched belongs to, as far as it is known."""
        if plan.question is not None:
            return [each for each in self._questions.question(plan.question).projects if each]
        project = classify(plan.request).params.get("project")
        return () if project is None else (project,)

    async def _as_listed(self, fetch: Fetch, shared: Arrived) -> bool:
        plan, spool = fetch.plan, shared.spool
        if plan.route.listed_in is None:
            return True
        try:
            listed = await self._checksums.listed(plan.request, plan.route.listed_in)
        except Unlisted:
            return False
        return listed is None or await agrees(listed, spool.staged or spool.memory)


def _shown(asked: Question | None, content: bytes) -> Shown | NotKept | None:
    """What the answer to a question shows; None for any other that is as it should be."""
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return NotKept("not JSON")
    if asked is None:
        return None
    if not isinstance(answer, dict) or answer.get("errors"):
        return NotKept("the question was answered with errors")
    return shown(asked, answer)
