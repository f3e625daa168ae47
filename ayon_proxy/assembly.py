"""Builds everything once, in order, and takes it down again in the reverse.

data directory ─ database ─ index ─┐
                         blobs ────┴─ store ─┐
upstream client ─ line ──────────────────────┼─ engine ─ application ─ server
                                 tag clock ──┘
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from ayon_proxy.cache.feed_state import NO_KEY, EventFeed, NoFeed
from ayon_proxy.cache.janitor import Janitor
from ayon_proxy.cache.joined import Cache, cache_over
from ayon_proxy.cache.pacing import Pace, PacedFiles
from ayon_proxy.cache.ports import Journal
from ayon_proxy.cache.socket_sessions import SocketSessions
from ayon_proxy.cache.status_document import StatusDocument
from ayon_proxy.cache.watcher import Watcher
from ayon_proxy.policy.bandwidth import within
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.forwarded import networks
from ayon_proxy.policy.patience import Patience
from ayon_proxy.settings import Bandwidth, Settings, Upstream
from ayon_proxy.storage.blob_store import FileBlobStore
from ayon_proxy.storage.data_directory import DataDirectory
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.free_space import margin_bytes
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.ownership import claim
from ayon_proxy.storage.proofs import SqliteProofs
from ayon_proxy.storage.response_index import SqliteResponseIndex
from ayon_proxy.storage.write_back import wal_bytes
from ayon_proxy.system_clock import SystemClock
from ayon_proxy.upstream.changes import ScannedEntities
from ayon_proxy.upstream.client import HttpUpstream
from ayon_proxy.upstream.event_socket import EventWebSocket
from ayon_proxy.upstream.library import Library
from ayon_proxy.upstream.missed_events import LoggedEvents
from ayon_proxy.upstream.tls import TlsFiles, tls_context
from ayon_proxy.web.app import Application
from ayon_proxy.web.codings import CODINGS
from ayon_proxy.web.hits import Hits
from ayon_proxy.web.operator import operator_app
from ayon_proxy.web.proxy import Proxy
from ayon_proxy.web.websocket import WebSocketRelay

log = structlog.get_logger(__name__)

HITS_SHARE = 8
"""One part in so many of the memory for answers is for those that are known by their requests."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A proxy that could serve."""

    application: Application
    cache: Cache
    status: StatusDocument
    hits: Hits


@asynccontextmanager
async def assembled(
    settings: Settings, clock: SystemClock | None = None
) -> AsyncIterator[Assembled]:
    """Open the storage and join everything to it. Raises CannotStart."""
    clock = clock or SystemClock()
    context = tls_context(tls_files(settings.upstream))
    async with AsyncExitStack() as stack:
        directory = await asyncio.to_thread(DataDirectory.open, settings.storage.data_dir)
        stack.callback(directory.close)
        database = await asyncio.to_thread(
            Database.open, directory.database, wal_bytes(settings.storage.max_bytes)
        )
        stack.push_async_callback(database.aclose)
        if database.notice is not None:
            log.warning("database_set_aside", reason=database.notice)
        url = settings.upstream.url
        await claim(database, directory.path, url, adopt=settings.storage.adopt)
        blobs = await asyncio.to_thread(FileBlobStore, directory.path)
        stack.push_async_callback(blobs.aclose)
        max_bytes = settings.storage.max_bytes
        upstream = HttpUpstream(
            url, repeatable=lambda request: classify(request).safe, ssl_context=context
        )
        stack.push_async_callback(upstream.aclose)
        down, up = (_pace(settings.bandwidth, clock) for _ in range(2))
        limited = settings.bandwidth.max_file_bytes_per_second > 0
        # A probe makes its own connection each time: the old ones may be of a line that is gone.
        patience = Patience(wait_seconds=settings.offline.wait_seconds)
        probe_over = HttpUpstream(
            url,
            connect_seconds=patience.probe_seconds,
            idle_seconds=0.0,
            max_connections=1,
            ssl_context=context,
        )
        stack.push_async_callback(probe_over.aclose)
        journal = SqliteJournal(database)
        key = settings.upstream.service_key
        cache = cache_over(
            SqliteResponseIndex(database),
            blobs,
            journal,
            SqliteProofs(database),
            PacedFiles(upstream, down, up) if limited else upstream,
            clock,
            max_bytes=max_bytes - margin_bytes(max_bytes),
            memory_bytes=settings.storage.memory_bytes * (HITS_SHARE - 1) // HITS_SHARE,
            identity_grace=settings.offline.identity_grace,
            recheck_seconds=settings.identity.recheck_seconds,
            wait_seconds=settings.offline.wait_seconds,
            secret_key=directory.secret_key,
            shares=settings.identity.sharing == "scope",
            watched=lambda: feed.live,
            harmless_topics=settings.upstream.harmless_topics,
            service=None if key is None else ((b"x-api-key", key.get_secret_value().encode()),),
            patience=patience,
            probe_over=probe_over,
            chance=random.random,
            codings=CODINGS,
            held=lambda: down.holds,
        )
        cache.line.returned.append(upstream.forget_idle)
        await cache.tags.load()
        await cache.used.load()
        await cache.invalidator.recover()
        await cache.credentials.load()
        stack.push_async_callback(cache.invalidator.aclose)
        stack.push_async_callback(cache.in_flight.aclose)
        stack.push_async_callback(cache.waiting.aclose)
        stack.push_async_callback(cache.variants.aclose)
        stack.push_async_callback(cache.writer.aclose)
        stack.push_async_callback(cache.credentials.aclose)
        stack.push_async_callback(cache.shared.aclose)
        feed = await stack.enter_async_context(
            _watching(settings.upstream, context, cache, journal, clock)
        )
        status = StatusDocument(
            upstream_url=url,
            line=cache.line,
            store=cache.store,
            max_bytes=max_bytes,
            traffic=cache.traffic,
            clock=clock,
            feed=feed,
            credentials=cache.credentials,
        )
        status.at_work["fetches"] = lambda: cache.in_flight.fetches
        status.at_work["upstream_connections"] = lambda: upstream.connections
        background = asyncio.create_task(_behind_the_clients(blobs, cache.janitor))
        stack.push_async_callback(_stopped, background)
        probing = asyncio.create_task(cache.prober.run(), name="prober")
        stack.push_async_callback(_stopped, probing)
        trusted = networks(settings.server.trusted_proxies)
        application = Application(
            operator_app(status, cache.engine.content, ready=lambda: True, trusted=trusted),
            WebSocketRelay(
                url,
                trusted,
                apply=cache.invalidator.apply,
                until_over=SocketSessions(
                    cache.credentials, clock, directory.secret_key
                ).until_over,
                ssl_context=context,
            ),
            Proxy(cache.engine, cache.traffic, trusted),
        )
        hits = Hits(
            cache.repeater, cache.store, cache.traffic, settings.storage.memory_bytes // HITS_SHARE
        )
        yield Assembled(application, cache, status, hits)


def _pace(bandwidth: Bandwidth, clock: SystemClock) -> Pace:
    """What files keep to in one direction."""
    return Pace(
        bandwidth.max_file_bytes_per_second,
        lambda: within(clock.minute_of_day(), bandwidth.unlimited_hours),
        clock,
    )


def tls_files(upstream: Upstream) -> TlsFiles:
    """What the settings name for TLS to upstream."""
    return TlsFiles(upstream.ca_file, upstream.client_certificate, upstream.client_key)


@asynccontextmanager
async def _watching(
    upstream: Upstream,
    context: ssl.SSLContext,
    cache: Cache,
    journal: Journal,
    clock: SystemClock,
) -> AsyncIterator[EventFeed]:
    """The event feed, where there is a key for it."""
    url, key = upstream.url, upstream.service_key
    if key is None:
        log.warning("feed_disabled", sentence=NO_KEY)
        yield NoFeed(clock.now())
        return
    library = Library(url, key, tls=tls_files(upstream))
    watcher = Watcher(
        socket=EventWebSocket(url, key, ssl_context=context),
        event_log=LoggedEvents(library),
        entities=ScannedEntities(library),
        invalidator=cache.invalidator,
        used=cache.used,
        journal=journal,
        clock=clock,
        monotonic=clock.steady,
        report=cache.store.report,
        spread=random.random(),  # noqa: S311 - no secret: it only keeps proxies out of step
    )
    cache.line.returned += [library.renew, watcher.upstream_back]
    watcher.start()
    try:
        yield watcher
    finally:
        await watcher.aclose()
        library.close()


async def _behind_the_clients(blobs: FileBlobStore, janitor: Janitor) -> None:
    await blobs.drop_abandoned()
    await janitor.run()


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
