"""The cache over its ports: its parts made, and joined.

doorkeeper ──── credentials, revoking
classify ─ engine ─┬─ reader, asker, resolver ─┬─ finder, store ─── index, blobs
                   └─ writer                   └─ trips ─ shared ─ turns, retrying, line ─ upstream
                        └─ invalidator ─ tag clock, journal
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ayon_proxy.cache.answer import Answer, NoBody
from ayon_proxy.cache.asking import Asker
from ayon_proxy.cache.callers import Callers
from ayon_proxy.cache.checksums import ListedChecksums
from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.deciding import Decider
from ayon_proxy.cache.delivering import Deliverer
from ayon_proxy.cache.doorkeeper import Doorkeeper
from ayon_proxy.cache.engine import Engine
from ayon_proxy.cache.finding import Finder
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.granting import Granted
from ayon_proxy.cache.guarded import GuardedLookUp
from ayon_proxy.cache.hot import HotResponses
from ayon_proxy.cache.in_flight import InFlight
from ayon_proxy.cache.in_turn import InTurn
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.janitor import Janitor
from ayon_proxy.cache.keeping import Keeper
from ayon_proxy.cache.line import Line
from ayon_proxy.cache.parallel_ranges import Streams
from ayon_proxy.cache.ports import BlobStore, Clock, Journal, Proofs, ResponseIndex, Upstream
from ayon_proxy.cache.probing import Prober
from ayon_proxy.cache.questions import Questions
from ayon_proxy.cache.reading import Reader
from ayon_proxy.cache.repeating import Repeater
from ayon_proxy.cache.resolving import Resolver
from ayon_proxy.cache.retrying import Retrying
from ayon_proxy.cache.revoking import Revoking
from ayon_proxy.cache.sharing import Shared
from ayon_proxy.cache.space import Space
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.thumbnails import Thumbnails
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.trips import Trips
from ayon_proxy.cache.turns import Turns
from ayon_proxy.cache.used_projects import UsedProjects
from ayon_proxy.cache.variants import SHARE, Compress, Variants
from ayon_proxy.cache.waiting import Waiting
from ayon_proxy.cache.writing import Writer
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.policy.patience import AT_ONCE, Patience
from ayon_proxy.policy.principal import principal

PROOFS_FIRST = 1 << 30
"""So many are taken to wait for a proof of who somebody is: without it nothing else is given."""


@dataclass(frozen=True, slots=True)
class Cache:
    """What the cache is made of, joined."""

    engine: Engine
    repeater: Repeater
    store: Store
    line: Line
    space: Space
    traffic: Traffic
    in_flight: InFlight
    tags: TagClock
    invalidator: Invalidator
    questions: Questions
    writer: Writer
    thumbnails: Thumbnails
    credentials: Credentials
    shared: Shared
    used: UsedProjects
    janitor: Janitor
    prober: Prober
    waiting: Waiting
    variants: Variants


def cache_over(
    index: ResponseIndex,
    blobs: BlobStore,
    journal: Journal,
    proofs: Proofs,
    upstream: Upstream,
    clock: Clock,
    *,
    max_bytes: int,
    memory_bytes: int,
    identity_grace: float,
    recheck_seconds: float,
    wait_seconds: float,
    secret_key: bytes,
    shares: bool = True,
    watched: Callable[[], bool] = lambda: False,
    harmless_topics: Collection[str] = (),
    service: Fields | None = None,
    patience: Patience = AT_ONCE,
    probe_over: Upstream | None = None,
    chance: Callable[[], float] = lambda: 0.5,
    codings: Sequence[tuple[bytes, Compress]] = (),
    held: Callable[[], bool] = lambda: False,
) -> Cache:
    """The cache over its ports. `identity_grace`, `recheck_seconds` and `wait_seconds` in seconds;
    `shares`: see `Doorkeeper`; `watched` tells whether the event feed is LIVE; `service` are fields
    that name the proxy's own user. For `probe_over` see `Line`; `chance` gives a number from 0 to
    1; for `codings` see `Variants`; `held` tells whether files are at their bandwidth's limit."""

    def safe(request: Request) -> bool:
        return classify(request).safe

    traffic = Traffic()
    space = Space(max_bytes, clock)
    used = UsedProjects(journal)
    variants = Variants(codings, blobs, clock, memory_bytes // SHARE)
    hot = HotResponses(memory_bytes - memory_bytes // SHARE)
    store = Store(index, blobs, hot, clock, used, grown=space.note)
    tags = TagClock(index)
    line = Line(upstream, clock, traffic, patience, safe, probe_over)
    turns = Turns(clock)
    line.returned.append(turns.narrow)
    patient = Retrying(line, clock, patience, safe, chance)
    waiting = Waiting(line, turns, clock)
    in_turn = InTurn(patient, turns, safe)

    async def own_answer(request: Request) -> Answer:
        return await engine.handle(request, NoBody())

    thumbnails = Thumbnails(patient, own_answer, clock, service, watched)
    callers = Callers(tags, anonymous=principal(Request("GET", b"/"), secret_key))
    granted = Granted(secret_key)
    credentials = Credentials(
        granted=granted,
        look_up=GuardedLookUp(InTurn(patient, turns, safe, PROOFS_FIRST), clock),
        callers=callers,
        proofs=proofs,
        clock=clock,
        recheck_seconds=recheck_seconds,
        wait_seconds=wait_seconds,
        grace=identity_grace,
        secret_key=secret_key,
        report=store.report,
    )
    revoking = Revoking(credentials, clock, secret_key)
    shared = Shared(credentials, store, clock)

    def heard(event: Mapping[str, Any]) -> None:
        thumbnails.heard(event)
        revoking.heard(event)

    invalidator = Invalidator(
        tags, journal, clock, store.report, heard=heard, harmless=harmless_topics
    )
    in_flight = InFlight(tags)
    forwarder = Forwarder(in_turn, line, traffic)

    async def own_question(request: Request) -> bytes | None:
        return await engine.content(request)

    questions = Questions()
    keeper = Keeper(
        store=store,
        space=space,
        checksums=ListedChecksums(own_question),
        questions=questions,
        thumbnails=thumbnails,
        shared=shared,
        clock=clock,
    )
    trips = Trips(
        upstream=patient,
        blobs=blobs,
        space=space,
        keeper=keeper,
        tags=tags,
        clock=clock,
        before=thumbnails.before_fetch,
        turns=turns,
        streams=Streams(clock, lambda: traffic.bytes_from_upstream, held),
    )
    decider = Decider(tags, line, clock, identity_grace, watched)
    finder = Finder(store, decider, in_flight, shared, waiting)
    deliverer = Deliverer(store, variants, clock, traffic)
    reader = Reader(
        store=store,
        finder=finder,
        decider=decider,
        in_flight=in_flight,
        trips=trips,
        forwarder=forwarder,
        waiting=waiting,
        deliverer=deliverer,
        traffic=traffic,
    )
    resolver = Resolver(
        decider=decider,
        traffic=traffic,
        store=store,
        tags=tags,
        upstream=in_turn,
        forwarder=forwarder,
        waiting=waiting,
        clock=clock,
    )
    writer = Writer(
        forwarder,
        invalidator,
        journal,
        clock,
        store.report,
        around=thumbnails.writing,
        harmless=harmless_topics,
    )
    asker = Asker(questions, reader, forwarder, traffic)
    doorkeeper = Doorkeeper(
        callers=callers,
        credentials=credentials,
        revoking=revoking,
        granted=granted,
        line=line,
        traffic=traffic,
        secret_key=secret_key,
        shares=shares,
    )
    repeater = Repeater(
        store=store,
        decider=decider,
        deliverer=deliverer,
        callers=callers,
        credentials=credentials,
        clock=clock,
        recheck_seconds=recheck_seconds,
    )
    engine = Engine(doorkeeper, finder, reader, repeater, asker, resolver, writer, traffic)
    return Cache(
        engine=engine,
        repeater=repeater,
        store=store,
        line=line,
        space=space,
        traffic=traffic,
        in_flight=in_flight,
        tags=tags,
        invalidator=invalidator,
        questions=questions,
        writer=writer,
        thumbnails=thumbnails,
        credentials=credentials,
        shared=shared,
        used=used,
        janitor=Janitor(store, space, tags, clock),
        prober=Prober(line, clock, chance),
        waiting=waiting,
        variants=variants,
    )
