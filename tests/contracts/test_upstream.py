"""What `cache` relies on in an upstream: the scripted one and a real one on a socket alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ayon_proxy.cache.ports import Upstream, UpstreamResponse
from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.upstream.client import HttpUpstream
from tests.support.memory_upstream import Answer, MemoryUpstream
from tests.support.raw_server import Connection, RawServer, Received, serving

REQUEST = Request("POST", b"//path", b"q=%7C", ((b"x-a", b"1"), (b"x-a", b"2")))


class Scripted:
    """An upstream that gives one scripted answer, and what reached it."""

    def __init__(self, answer: Answer | ProxyError) -> None:
        self.answer = answer
        self.upstream: Upstream

    def received(self) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
        """Target, the request's own fields, and body of the last request."""
        raise NotImplementedError


class Memory(Scripted):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.memory = MemoryUpstream()
        self.memory.answers(REQUEST.target, self.answer)
        self.upstream = self.memory
        yield

    def received(self) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
        sent = self.memory.sent[-1]
        return sent.request.target, _own(sent.request.fields), sent.body


class Real(Scripted):
    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.requests: list[Received] = []
        async with serving(self._answered) as server:
            client = HttpUpstream(server.url)
            if isinstance(self.answer, UpstreamUnreachable):
                await client.aclose()
                client = HttpUpstream(_closed(server))
            self.upstream = client
            yield
            await client.aclose()

    async def _answered(self, connection: Connection) -> None:
        self.requests.append(await connection.request())
        if isinstance(self.answer, ProxyError):
            return
        if self.answer.head_after is not None:
            await self.answer.head_after.wait()
        fields = b"".join(b"%b: %b\r\n" % field for field in self.answer.fields)
        chunked = b"Transfer-Encoding: chunked\r\n"
        await connection.send(b"HTTP/1.1 %d X\r\n%b%b\r\n" % (self.answer.status, fields, chunked))
        for step in self.answer.chunks:
            match step:
                case bytes():
                    await connection.send(b"%x\r\n%b\r\n" % (len(step), step))
                case asyncio.Event():
                    await step.wait()
                case _:
                    return
        await connection.send(b"0\r\n\r\n")
        await connection.closed()

    def received(self) -> tuple[bytes, list[tuple[bytes, bytes]], bytes]:
        request = self.requests[-1]
        return request.target, _own(request.fields), request.body


def _own(fields: Fields) -> list[tuple[bytes, bytes]]:
    return [field for field in fields if field[0].startswith(b"x-")]


def _closed(server: RawServer) -> str:
    """An address where nobody listens: port 1 of the server's host."""
    return server.url.rpartition(":")[0] + ":1"


Kind = type[Memory] | type[Real]
both = pytest.mark.parametrize("kind", [Memory, Real])


async def read(response: UpstreamResponse) -> bytes:
    return b"".join([chunk async for chunk in response.chunks()])


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@both
@pytest.mark.parametrize("streamed", [False, True])
async def test_request_and_response_are_what_the_other_side_sent(
    kind: Kind, streamed: bool
) -> None:
    case = kind(Answer(201, ((b"x-b", b"1"), (b"x-b", b"2")), (b"abc", b"def")))
    async with case.running():
        body = chunks(b"12", b"34") if streamed else b"1234"
        response = await case.upstream.send(REQUEST, body)
        assert response.head == Head(201, ((b"x-b", b"1"), (b"x-b", b"2")))
        assert await read(response) == b"abcdef"
        assert response.wire_bytes == 6
        await response.aclose()
        assert case.received() == (b"//path?q=%7C", list(REQUEST.fields), b"1234")


@both
async def test_the_head_is_given_before_the_body_is_there(kind: Kind) -> None:
    head, body = asyncio.Event(), asyncio.Event()
    case = kind(Answer(chunks=(b"abc", body, b"def"), head_after=head))
    async with case.running():
        sending = asyncio.create_task(case.upstream.send(REQUEST))
        head.set()
        response = await sending
        assert response.wire_bytes == 0
        stream = response.chunks()
        assert await anext(stream) == b"abc"
        assert response.wire_bytes == 3
        body.set()
        assert [chunk async for chunk in stream] == [b"def"]
        await response.aclose()


@both
async def test_a_body_that_breaks_off_gives_what_came_and_raises(kind: Kind) -> None:
    case = kind(Answer(chunks=(b"abc", UpstreamBroke("cut"))))
    async with case.running():
        response = await case.upstream.send(REQUEST)
        stream = response.chunks()
        assert await anext(stream) == b"abc"
        with pytest.raises(UpstreamBroke):
            await anext(stream)
        await response.aclose()


@both
@pytest.mark.parametrize("failure", [UpstreamUnreachable("gone"), UpstreamBroke("lost")])
async def test_without_a_head_send_raises(kind: Kind, failure: ProxyError) -> None:
    case = kind(failure)
    async with case.running():
        with pytest.raises(type(failure)):
            await case.upstream.send(REQUEST)


@both
async def test_closing_never_raises_whenever_it_comes(kind: Kind) -> None:
    never = asyncio.Event()
    case = kind(Answer(chunks=(b"abc", never)))
    async with case.running():
        response = await case.upstream.send(REQUEST)
        assert await anext(response.chunks()) == b"abc"
        await response.aclose()
        await response.aclose()
        never.set()


@both
async def test_a_redirect_is_an_answer_unless_it_is_to_be_followed(kind: Kind) -> None:
    case = kind(Answer(302, ((b"location", b"/other"),)))
    async with case.running():
        response = await case.upstream.send(REQUEST)
        assert response.head == Head(302, ((b"location", b"/other"),))
        await response.aclose()
