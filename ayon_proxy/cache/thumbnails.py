"""Thumbnails of entities: asked for when upstream is sure to know the right one, and stored so.

    heard, writing ── a picture is changing
    before_fetch ───┬─ it has changed, or none is changing: ask as ever
                    ├─ the entity is not for this caller: upstream's refusal of the entity
                    └─ not within WAIT_SECONDS: the thumbnail by its id, from upstream's database
    keeping ────────── what the answer may be stored for (policy.thumbnails)

Why is in upstream/server.md 0.3 and 1.6: the event comes before the commit, and who asks between
them makes upstream remember the old picture for an hour, for everybody.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import structlog

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.ports import Clock, Upstream, UpstreamResponse
from ayon_proxy.cache.time_limit import at_most
from ayon_proxy.cache.uploads import Uploads
from ayon_proxy.errors import ProxyError, UpstreamUnreachable
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.policy.thumbnails import (
    Keeping,
    Picture,
    by_id_question,
    entity_decides,
    entity_question,
    has_hash,
    keeping,
    own_thumbnail,
    parsed_entity,
    picture_at,
    told_by,
)

log = structlog.get_logger(__name__)

WAIT_SECONDS = 2.0
"""How long a client waits for a change to be committed (architecture 3.6). It was never seen to
take more than 0.6 s, and takes the longer the more folders the project has (server.md 0.3, 1.6)."""

PAUSE_SECONDS = 0.1
"""Between two questions whether it is."""

FORGOTTEN_SECONDS = 30.0
"""After an event no transaction is still open: what it announced was changed again, or is none."""

MOST_CHANGING = 10_000
"""Pictures remembered to be changing; with more of them the oldest are forgotten."""

ENTITY_BYTES = 4 * 1024 * 1024
"""More than any entity has; a longer one is not read."""


class Changing:
    """A picture that an event called new. `expected` is None once the change is committed."""

    def __init__(self) -> None:
        self.expected: str | None = None
        self.heard_at = 0.0
        self.asking = asyncio.Lock()
        """One asks, for all who wait."""


class Thumbnails:
    """`upstream` is asked for what must be current, `ask` (the engine) for what may be stored.

    `service` are the request fields that name the proxy's own user; None where it has none. Then
    a caller who is no manager and can't be given a thumbnail by its id gets what is stored, or 504.
    `watched`: the event feed is LIVE, so that what is stored of an entity is as it is.
    """

    def __init__(
        self,
        upstream: Upstream,
        ask: Callable[[Request], Awaitable[Answer]],
        clock: Clock,
        service: Fields | None = None,
        watched: Callable[[], bool] = lambda: False,
    ) -> None:
        self._watched = watched
        self._upstream = upstream
        self._ask = ask
        self._clock = clock
        self._service = service
        self._uploads = Uploads(self._known)
        self._changing: OrderedDict[Picture, Changing] = OrderedDict()

    def heard(self, event: Mapping[str, Any]) -> None:
        """An event of upstream, once, before what it tells of is invalidated. Never raises."""
        told = told_by(event)
        if told is None:
            return
        picture, expected = told
        changing = self._changing.setdefault(picture, Changing())
        changing.expected, changing.heard_at = expected, self._clock.now()
        self._changing.move_to_end(picture)
        if len(self._changing) > MOST_CHANGING:
            self._changing.popitem(last=False)

    def writing(self, request: Request, body: bytes | None) -> AbstractAsyncContextManager[None]:
        """Around the sending of any write, until it has been answered; `body` where it was read.

        Meanwhile the pictures that it changes are not asked for.
        """
        return self._uploads.writing(request, body)

    async def before_fetch(self, request: Request) -> UpstreamResponse | None:
        """Wait until upstream may be asked what `request` asks; at once for all but thumbnails.

        None: ask it. A response is what the caller gets instead, and nothing of it is stored.
        Raises UpstreamUnreachable or UpstreamBroke where there is nothing to give.
        """
        picture = picture_at(request.path)
        if picture is None or self._settled(picture):
            return None
        try:
            async with at_most(self._clock, self._patience(picture)):
                return await self._settle(picture, request)
        except TimeoutError:
            return await self._by_id(picture, request)

    async def keeping(self, request: Request, head: Head) -> Keeping:
        """What upstream's answer to `request` may be stored for; FRESH for all but thumbnails."""
        picture = picture_at(request.path)
        if picture is None:
            return Keeping.FRESH
        entity = None
        if entity_decides(head, picture):
            # What is stored of an entity may have been read before the commit.
            self._uncommitted(picture)
            anew = not self._watched() or picture in self._changing
            entity = await self._known(entity_question(request, anew=anew))
        return keeping(head, entity)

    def _settled(self, picture: Picture) -> bool:
        return self._uploads.changing(picture) is None and self._uncommitted(picture) is None

    def _uncommitted(self, picture: Picture) -> Changing | None:
        changing = self._changing.get(picture)
        if changing is None:
            return None
        if abs(self._clock.now() - changing.heard_at) > FORGOTTEN_SECONDS:
            del self._changing[picture]
            return None
        return None if changing.expected is None else changing

    def _patience(self, picture: Picture) -> float:
        """Seconds for which it is worth waiting: a commit is waited for since its event."""
        changing = self._uncommitted(picture)
        if changing is None or self._uploads.changing(picture) is not None:
            return WAIT_SECONDS
        return min(WAIT_SECONDS, max(0.0, changing.heard_at + WAIT_SECONDS - self._clock.now()))

    async def _settle(self, picture: Picture, request: Request) -> UpstreamResponse | None:
        """Return when the picture does not change any more; upstream's refusal, if it refuses."""
        while True:
            if (upload := self._uploads.changing(picture)) is not None:
                await upload.over_for(picture)
            elif (changing := self._uncommitted(picture)) is not None:
                async with changing.asking:
                    if changing.expected is None:
                        continue
                    refusal = (await self._entity(picture, request))[1]
                    if refusal is not None:
                        return refusal
                    if changing.expected is not None:
                        await self._clock.sleep(PAUSE_SECONDS)
            else:
                return None

    async def _entity(
        self, picture: Picture, request: Request
    ) -> tuple[Mapping[str, Any] | None, UpstreamResponse | None]:
        """The entity as it is, or upstream's answer where that is none.

        Notes whether the change is committed that was announced when it was asked for.
        """
        changing = self._uncommitted(picture)
        expected = None if changing is None else changing.expected
        question = entity_question(request, anew=True)
        response = await self._upstream.send(question, decode=True)
        if response.head.status != 200:
            return None, response
        entity = parsed_entity(await _content(response.chunks(), response.aclose) or b"")
        committed = entity is not None and expected is not None and has_hash(entity, expected)
        if changing is not None and committed and changing.expected == expected:
            changing.expected = None
        return entity, None

    async def _by_id(self, picture: Picture, request: Request) -> UpstreamResponse | None:
        entity, refusal = await self._entity(picture, request)
        if refusal is not None or self._settled(picture):
            return refusal
        thumbnail_id = own_thumbnail(entity)
        log.info("thumbnail_changing", picture="/".join(picture), seconds=WAIT_SECONDS)
        if thumbnail_id is not None:
            question = by_id_question(request, thumbnail_id, self._service)
            response = await self._upstream.send(question, decode=True)
            if response.head.status == 200:
                return response
            await response.aclose()
        raise UpstreamUnreachable("The thumbnail is being replaced.")

    async def _known(self, question: Request) -> Mapping[str, Any] | None:
        """An entity by way of the engine; None when it was not told, or not by upstream."""
        try:
            answer = await self._ask(question)
            content = await _content(answer.body.stream(), answer.body.aclose)
        except ProxyError:
            return None
        current = answer.head.status == 200 and b"detail=offline" not in answer.cache_status
        return parsed_entity(content or b"") if current else None


async def _content(
    chunks: AsyncIterator[bytes], aclose: Callable[[], Awaitable[None]]
) -> bytes | None:
    """A body to its end; None when it is longer than ENTITY_BYTES."""
    content = bytearray()
    try:
        async for chunk in chunks:
            content += chunk
            if len(content) > ENTITY_BYTES:
                return None
    finally:
        await aclose()
    return bytes(content)
