"""The load generator `wrk`: many keep-alive connections that ask one question again and again."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import cores
from tests.benchmarks.questions import Question
from tests.benchmarks.servers import Serving

SCRIPT = """
wrk.method = {method}
wrk.body = {body}
{fields}
function done(summary, latency)
    local failed = summary.errors
    io.write(string.format(
        '{{"requests":%d,"bytes":%d,"us":%d,"p50":%d,"p99":%d,"failed":%d}}\\n',
        summary.requests, summary.bytes, summary.duration,
        latency:percentile(50), latency:percentile(99),
        failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
"""

FREE_SHARE = 0.97
"""Of its core: a generator that takes more may be what is measured."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one round took: rates per second, percentiles in milliseconds, shares of a core."""

    requests: float
    bytes: float
    p50: float
    p99: float
    server_busy: float
    generator_busy: float


def missing() -> str | None:
    """Why it can't be used, if it can't."""
    return None if shutil.which("wrk") else "wrk is not installed: nothing asks fast enough"


async def asked(
    question: Question, serving: Serving, folder: Path, connections: int, seconds: int
) -> Taken:
    """One round. Raises RuntimeError where an answer failed or was another than expected."""
    script = folder / "question.lua"
    script.write_text(_script(question))
    family = cores.family(serving.pid)
    before, began = cores.seconds_used(family), time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(*cores.on(cores.ASKING), "wrk", "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{seconds}s", "--timeout", "30s", "--script", str(script)),
        f"http://127.0.0.1:{serving.port}{question.path}",
        stdout=asyncio.subprocess.PIPE,
    )
    await asyncio.sleep(seconds - 0.3)
    # Its own time is told while it still runs.
    generator = cores.seconds_used([process.pid]) / (time.monotonic() - began)
    server = (cores.seconds_used(family) - before) / (time.monotonic() - began)
    said = (await process.communicate())[0].decode()
    read = json.loads(said[said.rindex("{") :])
    if read["failed"]:
        raise RuntimeError(f"{serving.name}: {read['failed']} of {read['requests']} failed")
    passed = read["us"] / 1e6
    return Taken(
        *(read["requests"] / passed, read["bytes"] / passed),
        *(read["p50"] / 1000, read["p99"] / 1000),
        *(server, generator),
    )


def _script(question: Question) -> str:
    fields = (
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
        for name, value in question.fields.items()
    )
    return SCRIPT.format(
        method=json.dumps(question.method),
        body=json.dumps(question.body.decode()) if question.body else "nil",
        fields="\n".join(fields),
    )
