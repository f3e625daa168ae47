"""The embedded client library in its thread: it fails in one way, and comes back by itself.

Broken once, to see the tests fail: a connection that is kept after its key was refused, a body cut
short that is not translated, no timeout, a thread that the interpreter waits for.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from ayon_proxy.demo.faults import Kind
from ayon_proxy.demo.film import small_film
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.errors import FeedFailed, KeyRefused
from ayon_proxy.upstream.library import Library
from ayon_proxy.upstream.worker_thread import WorkerThread

QUESTION = "{ me { name } }"


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    async with DemoServer(small_film()) as demo:
        yield demo


@pytest.fixture
async def library(demo: DemoServer) -> AsyncIterator[Library]:
    library = Library(demo.url, SecretStr(SERVICE_KEY), timeout=0.5)
    yield library
    library.close()


async def test_a_key_that_was_refused_is_tried_again(demo: DemoServer, library: Library) -> None:
    await library.graphql(QUESTION, {})
    keys = dict(demo.studio.api_keys)
    demo.studio.api_keys.clear()
    demo.studio.sessions.clear()
    with pytest.raises(KeyRefused):
        await library.graphql(QUESTION, {})
    demo.studio.api_keys.update(keys)
    answer = await library.graphql(QUESTION, {})
    assert answer.content["data"]["me"]["name"] == "service"


@pytest.mark.parametrize(
    "kind", [Kind.CUT_BODY, Kind.CUT_SOCKET, Kind.DOWN, Kind.HANG, Kind.STATUS]
)
@pytest.mark.parametrize("before", [False, True])
async def test_whatever_breaks_has_failed_and_refuses_nothing(
    demo: DemoServer, library: Library, kind: Kind, before: bool
) -> None:
    if before:
        await library.graphql(QUESTION, {})
    demo.faults.add("", kind, after_bytes=3 if kind.startswith("cut") else None)
    async with asyncio.timeout(5.0):
        with pytest.raises(FeedFailed) as caught:
            await library.graphql(QUESTION, {})
    assert not isinstance(caught.value, KeyRefused)
    demo.faults.clear()
    assert (await library.graphql(QUESTION, {})).content["data"]


async def test_the_time_of_an_answer_is_not_later_than_its_question(
    demo: DemoServer, library: Library
) -> None:
    asked = demo.studio.clock().timestamp()
    told = await library.get("system/restartRequired")
    assert asked - 3.0 < told.as_of <= asked


async def test_a_call_raises_what_it_raised_and_the_thread_goes_on() -> None:
    thread = WorkerThread("test")
    with pytest.raises(ZeroDivisionError):
        await thread.call(lambda: 1 // 0)
    assert await thread.call(lambda: 5) == 5
    thread.close()


async def test_a_caller_that_is_cancelled_leaves_the_thread_in_order() -> None:
    thread, began, goes_on = WorkerThread("test"), threading.Event(), threading.Event()
    mishaps: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: mishaps.append(context))

    def call() -> None:
        began.set()
        goes_on.wait()

    called = asyncio.create_task(thread.call(call))
    await asyncio.to_thread(began.wait)
    called.cancel()
    await asyncio.gather(called, return_exceptions=True)
    goes_on.set()
    assert await thread.call(lambda: 6) == 6
    assert mishaps == []
    thread.close()


def test_a_call_that_does_not_end_does_not_keep_the_program_from_ending() -> None:
    program = """
import asyncio, threading
from ayon_proxy.upstream.worker_thread import WorkerThread
async def main():
    called = asyncio.create_task(WorkerThread("test").call(threading.Event().wait))
    await asyncio.sleep(0.1)
    called.cancel()
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=20)
