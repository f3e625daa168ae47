"""What the feed asks of upstream, and what it is told: effects in, inputs out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from ayon_proxy.cache.change_scan import ChangeScan
from ayon_proxy.cache.feed_ports import EventLog
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.errors import FeedFailed, KeyRefused
from ayon_proxy.policy.feed import inputs
from ayon_proxy.policy.feed.effects import (
    AskInfo,
    CheckAnchor,
    FetchMissed,
    FetchUpdated,
    ScanChanges,
)
from ayon_proxy.policy.feed.inputs import Input

Question: TypeAlias = AskInfo | CheckAnchor | FetchMissed | FetchUpdated | ScanChanges

Happened: TypeAlias = Callable[[float], Input]
"""An input that is told the time when its turn has come: time never goes back for the feed."""

ANSWER_SECONDS: dict[type[Question], float] = {
    AskInfo: 30.0,
    CheckAnchor: 30.0,
    FetchMissed: 30.0,
    FetchUpdated: 90.0,
    ScanChanges: 150.0,
}
"""Within it a question is answered, or has failed. The last two are many questions in one."""


class FeedQuestions:
    """`trouble` is told why a question could not be answered."""

    def __init__(
        self,
        log: EventLog,
        scan: ChangeScan,
        invalidator: Invalidator,
        trouble: Callable[[FeedFailed], None],
    ) -> None:
        self._log = log
        self._scan = scan
        self._invalidator = invalidator
        self._trouble = trouble

    async def answer(self, question: Question) -> Happened:
        """The answer, or that there is none. Never raises."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS[type(question)]):
                return await self._asked(question)
        except FeedFailed as failure:
            problem = failure
        except TimeoutError:
            problem = FeedFailed("upstream does not answer the feed in time")
        self._trouble(problem)
        refused = isinstance(problem, KeyRefused)
        return lambda now: inputs.Failed(now=now, ask=question.ask, refused=refused)

    async def _asked(self, question: Question) -> Happened:
        match question:
            case AskInfo(ask=ask):
                info = await self._log.info()
                return lambda now: inputs.InfoSeen(
                    now=now,
                    ask=ask,
                    version=info.version,
                    schema=info.schema,
                    uptime=info.uptime,
                    as_of=info.as_of,
                )
            case CheckAnchor(ask=ask, event_id=event_id):
                end = await self._log.end(event_id)
                return lambda now: inputs.AnchorChecked(
                    now=now,
                    ask=ask,
                    found=end.found,
                    newest_order=end.newest_order,
                    as_of=end.as_of,
                )
            case FetchMissed(ask=ask, after=after):
                page = await self._log.after(after)
                return lambda now: inputs.MissedPage(
                    now=now, ask=ask, events=page.events, as_of=page.as_of
                )
            case FetchUpdated(ask=ask, since=since):
                rows = await self._log.updated_since(since)
                if rows is None:
                    await self._invalidator.drop({"answers"})
                return lambda now: inputs.UpdatedPage(now=now, ask=ask, events=rows or ())
            case ScanChanges(ask=ask, since=since):
                as_of = await self._scan.run(since)
                return lambda now: inputs.Scanned(now=now, ask=ask, as_of=as_of)
