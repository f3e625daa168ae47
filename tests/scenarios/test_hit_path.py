"""What is answered in the protocol is what the application would answer, and nothing else is.

Each request is asked of two proxies before one demo server, one of which has no hit path, three
times over one connection: fetched, found, repeated. Broken once: fields that are not looked at, a
tag clock that is not looked at, a proof that is not looked at, a caller that is forgotten, answers
out of order, a question that waits for its body for ever, an idle connection that is never
closed, hits that are never forgotten.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from pathlib import Path
from queue import Queue

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from ayon_proxy.web.hits import JOINED_BYTES, MOST_BODY_BYTES, OVERHEAD_BYTES
from tests.support.running_proxy import RunningProxy, running_proxy
from tests.support.set_clock import SetClock

KEY = b"X-Api-Key: " + SERVICE_KEY.encode()
DEADLINE = 20.0
PROJECT = b"/api/projects/" + FILM.encode()
QUESTION = b'{"query":"query{project(name:\\"%s\\"){name code}}"}' % FILM.encode()
WAY = ("hit path", "ordinary way")


def get(target: bytes, *fields: bytes, method: bytes = b"GET", version: bytes = b"1.1") -> bytes:
    """A request's bytes."""
    lines = (b"%s %s HTTP/%s" % (method, target, version), b"Host: studio", *fields, b"", b"")
    return b"\r\n".join(lines)


def question(body: bytes = QUESTION, *fields: bytes) -> bytes:
    """A GraphQL question's bytes."""
    length = b"Content-Length: %d" % len(body)
    about = (b"Content-Type: application/json", length, *fields)
    return get(b"/graphql", KEY, *about, method=b"POST") + body


class Connection:
    """One connection to a proxy, that reads whole answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def answer(self, *, bodiless: bool = False) -> tuple[bytes, bytes]:
        """Head and body; an empty head where the connection has ended."""
        async with asyncio.timeout(DEADLINE):
            try:
                head = await self._reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return b"", b""
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            if bodiless or head.split(b" ", 2)[1] in (b"100", b"304", b"204"):
                return head, b""
            if length is not None:
                return head, await self._reader.readexactly(int(length[1]))
            if b"chunked" not in head:
                return head, await self._reader.read()
            body = b""
            while (size := int(await self._reader.readline(), 16)) > 0:
                body += (await self._reader.readexactly(size + 2))[:-2]
            await self._reader.readexactly(2)
            return head, body

    async def ended(self) -> bool:
        """Whether it has come to its end, when nothing more is asked."""
        try:
            async with asyncio.timeout(0.2):
                return await self._reader.read(1) == b""
        except TimeoutError:
            return False


@asynccontextmanager
async def connected(proxy: RunningProxy, room: int | None = None) -> AsyncIterator[Connection]:
    """`room`: so many bytes the client's socket takes in before they are read."""
    client = socket.socket()
    if room is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    client.setblocking(False)
    await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", proxy.port))
    reader, writer = await asyncio.open_connection(sock=client)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def asked(proxy: RunningProxy, content: bytes, *, bodiless: bool = False) -> bytes:
    """The answer on a connection of its own, as `alike` shows it."""
    async with connected(proxy) as connection:
        connection.send(content)
        return alike(*await connection.answer(bodiless=bodiless))


def alike(head: bytes, body: bytes) -> bytes:
    """An answer without what tells when it was made."""
    kept = re.sub(rb"(?i)\r\n(age|date|x-process-time|x-request-id|etag): [^\r]*", b"", head)
    return re.sub(rb"ttl=\d+", b"ttl", kept) + re.sub(rb"\"uptime\":[0-9.]+", b"", body)


def repeated(proxy: RunningProxy) -> int:
    """Answers that were given in the protocol."""
    return proxy.assembled.hits.given


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def proxies(
    demo: DemoServer, tmp_path: Path, clock: SetClock
) -> AsyncIterator[tuple[RunningProxy, RunningProxy]]:
    """With a hit path, and without."""
    async with AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(
                running_proxy(
                    *(demo.url, tmp_path / way),
                    hit_path=way == WAY[0],
                    clock=clock,
                    send_room=4096,
                )
            )
            for way in WAY
        ]
        yield both[0], both[1]


@pytest.fixture
def proxy(proxies: tuple[RunningProxy, RunningProxy]) -> RunningProxy:
    return proxies[0]


@pytest.fixture
def folder(demo: DemoServer) -> bytes:
    return PROJECT + b"/folders/" + next(iter(demo.studio.projects[FILM].folders)).encode()


@pytest.fixture(scope="module")
def demo_in_a_thread(
    film: Studio, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Sequence[tuple[bytes, bytes]]]]:
    """The port of a proxy with a hit path, and requests with the answers that it has learned."""
    requests = (get(PROJECT, KEY), question(), get(b"/api/info"), REPEATED["with odd spaces"])
    known: list[tuple[bytes, bytes]] = []
    ports: Queue[int] = Queue()
    loop, leave = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        folder = tmp_path_factory.mktemp("hits")
        async with DemoServer(deepcopy(film)) as demo, running_proxy(demo.url, folder) as proxy:
            for each in (*requests, PASSED_ON["a cookie"]):
                answers = [await asked(proxy, each) for _ in range(3)]
                known.append((each, answers[-1]))
            ports.put(proxy.port)
            await leave.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        yield ports.get(timeout=DEADLINE), known
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join(DEADLINE)
        loop.close()


REPEATED: dict[str, bytes] = {
    "with a key": get(PROJECT, KEY),
    "with a key in another field": get(PROJECT, b"Authorization: ApiKey " + KEY[11:]),
    "as python-requests asks": get(
        *(PROJECT, KEY, b"User-Agent: python-requests/2.32", b"Connection: keep-alive"),
        *(b"Accept: */*", b"Accept-Encoding: identity", b"x-ayon-version: 1.0"),
    ),
    "with odd spaces": get(PROJECT, b"x-API-key:" + KEY[11:] + b"\t "),
    "a question": question(),
    "young enough": get(PROJECT, KEY, b"Cache-Control: max-age=60"),
    "by a terminator of TLS": get(PROJECT, KEY, b"X-Forwarded-For: 10.0.0.1"),
}

PASSED_ON: dict[str, bytes] = {
    "without a credential": get(PROJECT),
    "with a key that nobody knows": get(PROJECT, b"X-Api-Key: wrong"),
    "two credentials": get(PROJECT, KEY, b"Authorization: Bearer x"),
    "a cookie": get(PROJECT, KEY, b"Cookie: a=b"),
    "a token in the query": get(PROJECT + b"?token=abc", KEY),
    "a range": get(PROJECT, KEY, b"Range: bytes=0-9"),
    "an expectation": question(QUESTION, b"Expect: 100-continue")[: -len(QUESTION)],
    "a field of no known name": get(PROJECT, KEY, b"X-New: 1"),
    "a head": get(PROJECT, KEY, method=b"HEAD"),
    "HTTP/1.0": get(PROJECT, KEY, version=b"1.0"),
    "the last one": get(PROJECT, KEY, b"Connection: close"),
    "not from the store": get(PROJECT, KEY, b"Cache-Control: no-cache"),
    "for the store alone": get(PROJECT + b"/nothing", KEY, b"Cache-Control: only-if-cached"),
    "for somebody else": get(b"http://elsewhere/api/info", KEY),
    "without Host": b"GET %s HTTP/1.1\r\n%s\r\n\r\n" % (PROJECT, KEY),
    "in chunks": get(
        *(b"/graphql", KEY, b"Content-Type: application/json", b"Transfer-Encoding: chunked"),
        method=b"POST",
    )
    + b"%x\r\n%s\r\n0\r\n\r\n" % (len(QUESTION), QUESTION),
    "what is open to all, with a key that nobody knows": get(b"/", b"X-Api-Key: wrong"),
    "what is never stored": get(b"/api/events/0", KEY),
    "what is not there": get(PROJECT + b"/folders/00000000000000000000000000000000", KEY),
    "a path of the proxy's own": get(b"/-/nothing", KEY),
}


@pytest.mark.parametrize("name", [*REPEATED, *PASSED_ON])
async def test_both_ways_answer_alike(
    proxies: tuple[RunningProxy, RunningProxy], name: str
) -> None:
    content = (REPEATED | PASSED_ON)[name]
    answers = []
    for proxy in proxies:
        await asked(proxy, get(PROJECT, KEY))  # the credential is proved
        async with connected(proxy) as connection:
            answered = []
            for _ in range(3):
                connection.send(content)
                head, body = await connection.answer(bodiless=name == "a head")
                if head.startswith(b"HTTP/1.1 100"):
                    connection.send(QUESTION)
                    head, body = await connection.answer()
                answered.append(alike(head, body))
            answers.append((answered, await connection.ended()))
    assert answers[0] == answers[1]
    assert (repeated(proxies[0]) > 0) is (name in REPEATED)
    assert repeated(proxies[1]) == 0


async def test_an_entity_tag_is_answered_with_304(
    proxies: tuple[RunningProxy, RunningProxy],
) -> None:
    answers = []
    for proxy in proxies:
        async with connected(proxy) as connection:
            connection.send(get(PROJECT, KEY))
            await connection.answer()
            connection.send(get(PROJECT, KEY))
            head, _ = await connection.answer()
            etag = re.search(rb"(?i)\r\netag: ([^\r]*)", head)
            assert etag is not None
            before = repeated(proxy)
            for _ in range(3):
                connection.send(get(PROJECT, KEY, b"If-None-Match: " + etag[1]))
                head, _ = await connection.answer()
                assert head.startswith(b"HTTP/1.1 304 ")
            answers.append(alike(head, b""))
    assert answers[0] == answers[1]
    assert repeated(proxies[0]) > before


async def test_a_write_is_seen_by_the_next_read(proxy: RunningProxy, folder: bytes) -> None:
    async with connected(proxy) as connection:
        for number in range(5):
            body = b'{"label":"label %d"}' % number
            about = (b"Content-Type: application/json", b"Content-Length: %d" % len(body))
            connection.send(get(folder, KEY, *about, method=b"PATCH") + body)
            head, _ = await connection.answer()
            assert head.startswith(b"HTTP/1.1 204")
            for _ in range(3):
                connection.send(get(folder, KEY))
                _, answer = await connection.answer()
                assert b'"label %d"' % number in answer
    assert repeated(proxy) >= 5


async def test_a_session_that_is_over_is_refused_at_once(
    proxy: RunningProxy, demo: DemoServer
) -> None:
    async with httpx.AsyncClient(base_url=demo.url) as upstream:
        login = {"name": "artist", "password": PASSWORDS["artist"]}
        token = (await upstream.post("/api/auth/login", json=login)).json()["token"].encode()
    mine = get(PROJECT, b"Authorization: Bearer " + token)
    async with connected(proxy) as connection:
        for _ in range(4):
            connection.send(mine)
            head, _ = await connection.answer()
            assert head.startswith(b"HTTP/1.1 200")
        assert repeated(proxy)
        bearer = b"Authorization: Bearer " + token
        connection.send(get(b"/api/auth/logout", bearer, b"Content-Length: 0", method=b"POST"))
        await connection.answer()
        connection.send(mine)
        head, _ = await connection.answer()
        assert head.startswith(b"HTTP/1.1 401")


async def test_it_grows_old_and_stale(
    proxy: RunningProxy, demo: DemoServer, clock: SetClock
) -> None:
    async with connected(proxy) as connection:

        async def age() -> int | None:
            connection.send(get(PROJECT, KEY))
            head, _ = await connection.answer()
            found = re.search(rb"(?i)\r\nage: (\d+)", head)
            return None if found is None else int(found[1])

        await age()
        await age()
        before = repeated(proxy)
        clock.forward(5)
        assert await age() in (5, 6)
        assert repeated(proxy) == before + 1
        demo.requests.clear()
        clock.forward(120)
        assert await age() is None
        assert any(f"/api/projects/{FILM}" in each.path for each in demo.requests)


async def test_a_proof_that_is_due_is_renewed(
    demo: DemoServer, tmp_path: Path, clock: SetClock
) -> None:
    """Else a membership that is taken away would never be noticed."""
    async with (
        running_proxy(demo.url, tmp_path, recheck_seconds=4, clock=clock) as proxy,
        connected(proxy) as connection,
    ):
        credentials = proxy.assembled.cache.credentials

        async def ask(times: int) -> None:
            for _ in range(times):
                connection.send(get(PROJECT, KEY))
                await connection.answer()

        await ask(3)
        before, repeats = credentials.rechecks, repeated(proxy)
        clock.forward(3)
        await ask(1)
        assert (credentials.rechecks, repeated(proxy)) == (before, repeats + 1)
        clock.forward(2)
        await ask(2)
        assert credentials.rechecks == before + 1


async def test_many_in_one_piece_are_answered_in_order(
    proxies: tuple[RunningProxy, RunningProxy], folder: bytes
) -> None:
    requests = [get(PROJECT, KEY), question(), get(folder, KEY), get(b"/api/info")] * 10
    answers = []
    for proxy in proxies:
        for _ in range(2):
            for each in requests[:4]:
                await asked(proxy, each)
        async with connected(proxy) as connection:
            connection.send(b"".join(requests))
            answers.append([alike(*await connection.answer()) for _ in requests])
    assert answers[0] == answers[1]
    assert repeated(proxies[0])


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    order=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    cuts=st.lists(st.integers(1, 400), max_size=12),
)
def test_however_the_bytes_arrive(
    demo_in_a_thread: tuple[int, Sequence[tuple[bytes, bytes]]],
    order: Sequence[int],
    cuts: Sequence[int],
) -> None:
    """A stream of requests, cut anywhere, is answered as the requests are one by one."""
    port, known = demo_in_a_thread

    async def conversation() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        connection, rest = Connection(reader, writer), b"".join(known[i][0] for i in order)
        for cut in cuts:
            piece, rest = rest[:cut], rest[cut:]
            writer.write(piece)
            await asyncio.sleep(0)
        writer.write(rest)
        for position in order:
            assert alike(*await connection.answer()) == known[position][1]
        writer.close()

    asyncio.run(conversation())


async def test_the_body_of_a_question_may_come_later(proxy: RunningProxy) -> None:
    head = question()[: -len(QUESTION)]
    for _ in range(2):
        await asked(proxy, question())
    before = repeated(proxy)
    async with connected(proxy) as connection:
        for wait in (0.0, 0.3):
            connection.send(head)
            await asyncio.sleep(wait)
            connection.send(QUESTION[:7])
            await asyncio.sleep(wait / 2)
            connection.send(QUESTION[7:])
            answer, body = await connection.answer()
            assert b"hit" in answer
            assert FILM.encode() in body
    assert repeated(proxy) > before


async def test_large_answers_reach_slow_readers_whole(
    proxies: tuple[RunningProxy, RunningProxy],
) -> None:
    """The socket takes a part of each at once; the rest is written when there is room."""
    node = "edges{node{id name path label status}}"
    copies = " ".join(f"a{number}:folders{{{node}}}" for number in range(60))
    large = question(b'{"query":"{project(name:\\"%s\\"){%s}}"}' % (FILM.encode(), copies.encode()))
    answers = []
    for proxy in proxies:
        await asked(proxy, large)
        await asked(proxy, large)
        before = repeated(proxy)
        async with connected(proxy, room=4096) as connection:
            for _ in range(3):
                connection.send(large)
                await asyncio.sleep(0.1)
                head, body = await connection.answer()
                assert JOINED_BYTES < len(body) < MOST_BODY_BYTES
                assert head.startswith(b"HTTP/1.1 200 ")
                answers.append(body)
    assert len(set(answers)) == 1
    assert before == repeated(proxies[1]) == 0
    assert repeated(proxies[0])


async def test_a_caller_in_doubt_is_looked_up_before_it_is_answered(proxy: RunningProxy) -> None:
    """As after an event that says that rights have changed."""
    credentials = proxy.assembled.cache.credentials
    async with connected(proxy) as connection:
        for _ in range(3):
            connection.send(get(PROJECT, KEY))
            await connection.answer()
        before, looked_up = repeated(proxy), credentials.rechecks
        assert before
        credentials.doubt(tuple(credentials.callers))
        connection.send(get(PROJECT, KEY))
        await connection.answer()
    assert repeated(proxy) == before
    assert credentials.rechecks == looked_up + 1


async def test_a_question_without_its_body_is_not_waited_for_for_ever(
    demo: DemoServer, tmp_path: Path
) -> None:
    async with running_proxy(demo.url, tmp_path, server={"body_idle_seconds": 1}) as proxy:
        for _ in range(3):
            await asked(proxy, question())
        assert repeated(proxy)
        async with connected(proxy) as connection:
            connection.send(question()[: -len(QUESTION)])
            head, _ = await connection.answer()
            assert head.startswith(b"HTTP/1.1 408 ")


async def test_a_hit_waits_for_the_answer_before_it(proxy: RunningProxy, demo: DemoServer) -> None:
    for _ in range(3):
        await asked(proxy, get(PROJECT, KEY))
    assert repeated(proxy)
    held = demo.faults.add("/api/events/0", "hold")
    async with connected(proxy) as connection:
        connection.send(get(b"/api/events/0", KEY))
        await held.reached()
        connection.send(get(PROJECT, KEY))
        await asyncio.sleep(0.05)
        demo.faults.clear()
        head, _ = await connection.answer()
        assert b"fwd=bypass" in head
        head, _ = await connection.answer()
        assert b"hit" in head


async def test_a_client_that_only_listens_is_let_go(demo: DemoServer, tmp_path: Path) -> None:
    patience = {"keep_alive_seconds": 1}
    async with (
        running_proxy(demo.url, tmp_path, server=patience) as proxy,
        connected(proxy) as connection,
    ):
        for _ in range(8):
            connection.send(get(PROJECT, KEY))
            await connection.answer()
            await asyncio.sleep(0.3)
        connection.send(get(PROJECT, KEY))
        head, _ = await connection.answer()
        assert b"hit" in head
        assert repeated(proxy)
        async with asyncio.timeout(DEADLINE):
            while not await connection.ended():
                pass


async def test_what_is_known_is_bounded(demo: DemoServer, tmp_path: Path) -> None:
    async with running_proxy(demo.url, tmp_path, memory_bytes="16MiB") as proxy:
        hits = proxy.assembled.hits
        async with connected(proxy) as connection:
            most = (2 << 20) // OVERHEAD_BYTES
            for number in range(most + 100):
                connection.send(get(PROJECT, KEY, b"User-Agent: %d" % number))
                await connection.answer()
                assert hits.bytes <= 2 << 20
            before = repeated(proxy)
            connection.send(get(PROJECT, KEY, b"User-Agent: %d" % (most + 99)))
            await connection.answer()
            assert repeated(proxy) == before + 1
