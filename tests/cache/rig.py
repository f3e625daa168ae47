"""The cache over its fakes, and how a test asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.joined import Cache, cache_over
from ayon_proxy.cache.known_caller import KnownCaller
from ayon_proxy.cache.proof import Proof
from ayon_proxy.cache.variants import Compress
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.policy.patience import AT_ONCE, TICK_SECONDS, Patience
from ayon_proxy.policy.principal import principal
from ayon_proxy.policy.rights import Level, Told
from tests.support.memory_ports import (
    ManualClock,
    MemoryBlobStore,
    MemoryJournal,
    MemoryProofs,
    MemoryResponseIndex,
    MemoryUpstream,
)
from tests.support.memory_upstream import Answer as Upstreams
from tests.support.memory_upstream import Step
from tests.support.request_bodies import GivenBody

FOLDER = b"/api/projects/demo/folders/f1"
"""A STORE row that lives ten seconds."""

LIST = b"/api/projects/demo/folders"
"""Another, which shows what the first one does."""

ADDON = b"/addons/core/1.0.0/private/client.zip"
"""A FILE row without a checksum; it lives sixty seconds."""

PACKAGE = b"/api/desktop/dependencyPackages/tools.zip"
PACKAGES = b"/api/desktop/dependencyPackages"
"""A FILE row whose checksum the other lists."""

ME = b"/api/users/me"
"""A STORE row with something to remove."""

INFO = b"/api/info"
"""What the probe asks."""

JSON = (b"content-type", b"application/json")

FIRST, SECOND = b'"first"', b'"second"'
"""Bodies that a JSON row stores."""

DEADLINE = 10.0
"""Real seconds after which an answer that does not come fails its test."""

GRACE = 72 * 3600.0
RECHECK = 30.0
WAIT = 2.0

SECRET_KEY = b"secret"


@dataclass
class Asked:
    """An answer read to its end."""

    status: int
    fields: Fields
    body: bytes
    cache_status: bytes
    length: int | None
    selectable: bool

    def value(self, name: bytes) -> bytes | None:
        return value(self.fields, name)


@dataclass
class Rig:
    """All of it; `ask` reads the answer to its end, `begin` leaves that to the test.

    No prober runs: where time has passed since upstream was lost, `begin` probes before it asks,
    and `probed` says that upstream is back. With another patience than AT_ONCE that is left to the
    test (`probing`, `passes`).
    """

    upstream: MemoryUpstream = field(default_factory=MemoryUpstream)
    index: MemoryResponseIndex = field(default_factory=MemoryResponseIndex)
    blobs: MemoryBlobStore = field(default_factory=MemoryBlobStore)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    proofs: MemoryProofs = field(default_factory=MemoryProofs)
    clock: ManualClock = field(default_factory=ManualClock)
    max_bytes: int = 1 << 30
    memory_bytes: int = 1 << 20
    watched: bool = False
    patience: Patience = AT_ONCE
    probed: MemoryUpstream = field(default_factory=MemoryUpstream)
    proves: bool = True
    """Everybody who asks has just been proved; otherwise upstream is asked who it is."""
    shares: bool = False
    codings: Sequence[tuple[bytes, Compress]] = ()
    cache: Cache = field(init=False)

    def __post_init__(self) -> None:
        self.probed.answers(INFO, ok(b"{}"))
        if self.proves and isinstance(self.upstream, MemoryUpstream):
            # Who is refused something is asked about at once, and then refused altogether.
            for target in (ME, ME + b"/permissions"):
                self.upstream.script.setdefault(target, [Upstreams(401, (JSON,), (b"{}",))])
        self.restart()

    def restart(self) -> None:
        """Another process over the same storage."""
        self.cache = cache_over(
            self.index,
            self.blobs,
            self.journal,
            self.proofs,
            self.upstream,
            self.clock,
            max_bytes=self.max_bytes,
            memory_bytes=self.memory_bytes,
            identity_grace=GRACE,
            recheck_seconds=RECHECK,
            wait_seconds=WAIT,
            secret_key=SECRET_KEY,
            shares=self.shares,
            watched=lambda: self.watched,
            patience=self.patience,
            probe_over=self.probed,
            codings=self.codings,
        )

    def prove(self, request: Request) -> None:
        """Upstream has said a moment ago who sent it."""
        told = Told("somebody", Level.USER, "", b"d" * 32)
        proof = Proof(told, self.clock.now(), frozenset())
        known = KnownCaller(proof)
        self.cache.credentials.callers[principal(request, SECRET_KEY)] = known

    async def begin(
        self,
        target: bytes,
        *fields: tuple[bytes, bytes],
        method: str = "GET",
        caller: bytes = b"alice",
        body: GivenBody | None = None,
    ) -> Answer:
        path, _, query = target.partition(b"?")
        request = Request(method, path, query, ((b"x-api-key", caller), *fields))
        if self.proves:
            self.prove(request)
        async with asyncio.timeout(DEADLINE):
            line = self.cache.line
            passed = self.clock.now() > line.reachability.since
            if self.patience is AT_ONCE and line.reachability.offline and passed:
                await line.probe()
            return await self.cache.engine.handle(request, body or GivenBody())

    async def ask(
        self,
        target: bytes,
        *fields: tuple[bytes, bytes],
        method: str = "GET",
        caller: bytes = b"alice",
        body: GivenBody | None = None,
    ) -> Asked:
        return await read(
            await self.begin(target, *fields, method=method, caller=caller, body=body)
        )

    async def stored(
        self, target: bytes, body: bytes = FIRST, *fields: tuple[bytes, bytes]
    ) -> None:
        """Ask, so that it is stored; as JSON, where `fields` name no other media type."""
        named = value(fields, b"content-type") is not None
        sent = fields if named else (JSON, *fields)
        self.upstream.answers(target, Upstreams(fields=sent, chunks=(body,)))
        await self.ask(target)
        await self.cache.in_flight.idle()

    @asynccontextmanager
    async def probing(self) -> AsyncIterator[None]:
        """The prober runs."""
        running = asyncio.create_task(self.cache.prober.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def passes(self, seconds: float) -> None:
        """Let time pass, tick by tick."""
        for _ in range(round(seconds / TICK_SECONDS)):
            await settled(20)
            self.clock.advance(TICK_SECONDS)
        await settled(20)

    @property
    def state(self) -> str:
        """What upstream is thought to be."""
        return self.cache.line.reachability.state.value

    def asked(self, target: bytes) -> int:
        """How often upstream was asked for it."""
        return sum(sent.request.target == target for sent in self.upstream.sent)

    @property
    def bodies(self) -> list[bytes]:
        """All that is stored."""
        rows = [row.response for row in self.index.rows.values()]
        return [
            one.inline if one.inline is not None else self.blobs.blobs[one.digest or b""]
            for one in rows
        ]


def ok(
    *steps: Step, fields: Fields = (JSON,), head_after: asyncio.Event | None = None
) -> Upstreams:
    """A 200 with that body."""
    return Upstreams(200, fields, steps, head_after)


def file(content: bytes, etag: bytes = b'"one"', *steps: Step) -> Upstreams:
    """A file as upstream sends it; `steps` instead of the whole content."""
    return Upstreams(
        200,
        ((b"content-length", b"%d" % len(content)), (b"etag", etag)),
        steps or (content,),
    )


def text(size: int, letter: bytes = b"x") -> bytes:
    """A JSON string of that letter, of that many bytes in all."""
    return b'"' + letter * (size - 2) + b'"'


async def read(answer: Answer) -> Asked:
    """Read to the end and close."""
    try:
        async with asyncio.timeout(DEADLINE):
            body = b"".join([chunk async for chunk in answer.body.stream()])
    finally:
        await answer.body.aclose()
    return Asked(
        answer.head.status,
        answer.head.fields,
        body,
        answer.cache_status,
        answer.body.length,
        answer.selectable,
    )


async def settled(turns: int = 100) -> None:
    """Let everything run that can: nothing of the fakes waits for more than a turn."""
    for _ in range(turns):
        await asyncio.sleep(0)
