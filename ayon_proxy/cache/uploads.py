"""Writes under way that change pictures: whose, and when each of them has been answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from ayon_proxy.policy.message import Request
from ayon_proxy.policy.thumbnail_writes import Written, entity_above, written
from ayon_proxy.policy.thumbnails import Picture

Entities = Callable[[Request], Awaitable[Mapping[str, Any] | None]]
"""Asks for an entity; None where it was not told."""


class Upload:
    """One of them. `above`: the folder's and the task's of a version, once they are known; None
    where nobody could tell."""

    def __init__(self, changed: Written) -> None:
        loop = asyncio.get_running_loop()
        self.changed = changed
        self.answered: asyncio.Future[None] = loop.create_future()
        self.above: asyncio.Future[frozenset[Picture] | None] = loop.create_future()
        if not changed.above:
            self.above.set_result(frozenset())

    def may_change(self, picture: Picture) -> bool:
        """Whether it changes that picture, as far as is known by now."""
        if self.changed.project != picture.project:
            return False
        if self.changed.pictures is None or picture in self.changed.pictures:
            return True
        if not self.above.done():
            return picture.entity_type != "version"
        above = self.above.result()
        return picture in above if above is not None else picture.entity_type != "version"

    async def over_for(self, picture: Picture) -> None:
        """Return when it has been answered, or is known not to change that picture."""
        if not self.above.done():
            either: tuple[asyncio.Future[Any], ...] = (self.above, self.answered)
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self.may_change(picture):
            await asyncio.wait({self.answered})


class Uploads:
    """`ask` gives the entities that stand above a version."""

    def __init__(self, ask: Entities) -> None:
        self._ask = ask
        self._under_way: set[Upload] = set()

    def changing(self, picture: Picture) -> Upload | None:
        """One that changes that picture, or may."""
        return next((each for each in self._under_way if each.may_change(picture)), None)

    @asynccontextmanager
    async def writing(self, request: Request, body: bytes | None) -> AsyncIterator[None]:
        """The block sends this write and ends when it has been answered.

        Nothing delays it: what else it changes is found out meanwhile.
        """
        changed = written(request, body)
        if changed is None:
            yield
            return
        upload = Upload(changed)
        self._under_way.add(upload)
        looking = asyncio.create_task(self._look_above(request, upload)) if changed.above else None
        try:
            yield
        finally:
            self._under_way.discard(upload)
            upload.answered.set_result(None)
            if looking is not None:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    async def _look_above(self, request: Request, upload: Upload) -> None:
        above: frozenset[Picture] | None = None
        try:
            above = await self._above(request, upload.changed)
        finally:
            upload.above.set_result(above)

    async def _above(self, request: Request, changed: Written) -> frozenset[Picture] | None:
        version = await self._ask(entity_above(request, "versions", None))
        product_id = (version or {}).get("productId")
        if version is None or not isinstance(product_id, str):
            return None
        product = await self._ask(entity_above(request, "products", product_id))
        folder_id = (product or {}).get("folderId")
        if not isinstance(folder_id, str):
            return None
        found = {Picture(changed.project, "folder", folder_id)}
        if isinstance(task_id := version.get("taskId"), str):
            found.add(Picture(changed.project, "task", task_id))
        return frozenset(found)
