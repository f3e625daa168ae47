"""Builds everything once, in order, and takes it down again in the reverse.

data directory ─ database ─ index ─┐
                         blobs ────┴─ store ─┐
upstream client ─ line ──────────────────────┼─ engine ─ application ─ server
                                 tag clock ──┘
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from ayon_proxy.cache.asking import Asker
from ayon_proxy.cache.callers import Callers
from ayon_proxy.cache.checksums import ListedChecksums
from ayon_proxy.cache.deciding import Decider
from ayon_proxy.cache.engine import Engine
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.hot import HotResponses
from ayon_proxy.cache.in_flight import InFlight
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.janitor import Janitor
from ayon_proxy.cache.keeping import Keeper
from ayon_proxy.cache.line import Line
from ayon_proxy.cache.ports import BlobStore, Clock, Journal, ResponseIndex, Upstream
from ayon_proxy.cache.questions import Questions
from ayon_proxy.cache.reading import Reader
from ayon_proxy.cache.resolving import Resolver
from ayon_proxy.cache.space import Space
from ayon_proxy.cache.status_document import StatusDocument
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.trips import Trips
from ayon_proxy.cache.writing import Writer
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.forwarded import networks
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.principal import principal
from ayon_proxy.settings import Settings
from ayon_proxy.storage.blob_store import FileBlobStore
from ayon_proxy.storage.data_directory import DataDirectory
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.free_space import margin_bytes
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.ownership import claim
from ayon_proxy.storage.response_index import SqliteResponseIndex
from ayon_proxy.upstream.client import HttpUpstream
from ayon_proxy.web.app import Application
from ayon_proxy.web.operator import operator_app
from ayon_proxy.web.proxy import Proxy
from ayon_proxy.web.websocket import WebSocketRelay

log = structlog.get_logger(__name__)


class SystemClock:
    """The `Clock` port."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Return when that many seconds have passed."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Cache:
    """What the cache is made of, joined."""

    engine: Engine
    store: Store
    line: Line
    space: Space
    traffic: Traffic
    in_flight: InFlight
    tags: TagClock
    invalidator: Invalidator
    questions: Questions
    writer: Writer
    janitor: Janitor


def cache_over(
    index: ResponseIndex,
    blobs: BlobStore,
    journal: Journal,
    upstream: Upstream,
    clock: Clock,
    *,
    max_bytes: int,
    memory_bytes: int,
    identity_grace: float,
    secret_key: bytes,
    watched: Callable[[], bool] = lambda: False,
) -> Cache:
    """The cache over its ports. `identity_grace` in seconds; `watched`: the event feed is LIVE."""
    traffic = Traffic()
    space = Space(max_bytes, clock)
    store = Store(index, blobs, HotResponses(memory_bytes), clock, grown=space.note)
    tags = TagClock(index)
    invalidator = Invalidator(tags, journal, clock, store.report)
    line = Line(upstream, clock, traffic)
    in_flight = InFlight(tags)
    forwarder = Forwarder(line, traffic)

    async def own_question(request: Request) -> bytes | None:
        return await engine.content(request)

    questions = Questions()
    keeper = Keeper(store, space, ListedChecksums(own_question), questions, clock)
    trips = Trips(line, blobs, space, keeper, tags, clock)
    decider = Decider(tags, line, clock, identity_grace, watched)
    reader = Reader(
        store=store,
        decider=decider,
        in_flight=in_flight,
        trips=trips,
        forwarder=forwarder,
        clock=clock,
        traffic=traffic,
    )
    resolver = Resolver(
        decider=decider,
        traffic=traffic,
        store=store,
        tags=tags,
        line=line,
        forwarder=forwarder,
        clock=clock,
    )
    callers = Callers(tags, anonymous=principal(Request("GET", b"/"), secret_key))
    writer = Writer(forwarder, invalidator, journal, clock, store.report)
    asker = Asker(questions, reader, forwarder, traffic)
    engine = Engine(reader, asker, resolver, writer, callers, store, traffic, secret_key)
    return Cache(
        engine=engine,
        store=store,
        line=line,
        space=space,
        traffic=traffic,
        in_flight=in_flight,
        tags=tags,
        invalidator=invalidator,
        questions=questions,
        writer=writer,
        janitor=Janitor(store, space, tags, clock),
    )


@dataclass(frozen=True, slots=True)
class Assembled:
    """A proxy that could serve."""

    application: Application
    cache: Cache
    status: StatusDocument


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Assembled]:
    """Open the storage and join everything to it. Raises CannotStart."""
    async with AsyncExitStack() as stack:
        directory = await asyncio.to_thread(DataDirectory.open, settings.storage.data_dir)
        stack.callback(directory.close)
        database = await asyncio.to_thread(Database.open, directory.database)
        stack.push_async_callback(database.aclose)
        if database.notice is not None:
            log.warning("database_set_aside", reason=database.notice)
        url = settings.upstream.url
        await claim(database, directory.path, url, adopt=settings.storage.adopt)
        blobs = await asyncio.to_thread(FileBlobStore, directory.path)
        stack.push_async_callback(blobs.aclose)
        max_bytes = settings.storage.max_bytes
        upstream = HttpUpstream(url, repeatable=lambda request: classify(request).safe)
        stack.push_async_callback(upstream.aclose)
        clock = SystemClock()
        cache = cache_over(
            SqliteResponseIndex(database),
            blobs,
            SqliteJournal(database),
            upstream,
            clock,
            max_bytes=max_bytes - margin_bytes(max_bytes),
            memory_bytes=settings.storage.memory_bytes,
            identity_grace=settings.offline.identity_grace,
            secret_key=directory.secret_key,
        )
        await cache.tags.load()
        await cache.invalidator.recover()
        stack.push_async_callback(cache.invalidator.aclose)
        stack.push_async_callback(cache.in_flight.aclose)
        stack.push_async_callback(cache.writer.aclose)
        status = StatusDocument(
            upstream_url=url,
            line=cache.line,
            store=cache.store,
            max_bytes=max_bytes,
            traffic=cache.traffic,
            clock=clock,
        )
        background = asyncio.create_task(_behind_the_clients(blobs, cache.janitor))
        stack.push_async_callback(_stopped, background)
        trusted = networks(settings.server.trusted_proxies)
        application = Application(
            operator_app(status, cache.engine.content, ready=lambda: True),
            WebSocketRelay(url, trusted),
            Proxy(cache.engine, cache.traffic, trusted),
        )
        yield Assembled(application, cache, status)


async def _behind_the_clients(blobs: FileBlobStore, janitor: Janitor) -> None:
    await blobs.drop_abandoned()
    await janitor.run()


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
