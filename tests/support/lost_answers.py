"""A demo server that does what it is asked to and whose answer never comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import Message, Receive, Scope, Send

from ayon_proxy.demo.faults import Faults
from ayon_proxy.demo.running import DemoServer


async def _nowhere(_: Message) -> None:
    """Swallow a message."""


@dataclass
class LostAnswers:
    """Between the faults and the application; `method` and `path` are those of requests whose
    answers are lost."""

    faults: Faults
    method: str
    path: str

    def __post_init__(self) -> None:
        self.app = self.faults.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = (scope.get("method"), scope["path"])
        if scope["type"] != "http" or asked != (self.method, self.path):
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _nowhere)
        assert self.faults.line is not None
        self.faults.line.hang_up(tuple(scope["client"]), abruptly=True)


@contextmanager
def losing_answers(demo: DemoServer, method: str, target: str) -> Iterator[None]:
    """Until the block ends, such requests are carried out, and then their connection breaks."""
    lost = LostAnswers(demo.faults, method, target.partition("?")[0])
    demo.faults.app = lost
    try:
        yield
    finally:
        demo.faults.app = lost.app
