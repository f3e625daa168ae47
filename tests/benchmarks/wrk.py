"""The load generator `wrk`: many keep-alive connections that ask one question again and again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.benchmarks.load import Taken, taken
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


def missing() -> str | None:
    """Why it can't be used, if it can't."""
    return None if shutil.which("wrk") else "wrk is not installed: nothing asks fast enough"


async def asked(
    question: Question, serving: Serving, folder: Path, connections: int, seconds: int
) -> Taken:
    """One round (`load.Asking`)."""
    script = folder / "question.lua"
    script.write_text(_script(question))
    url = f"http://127.0.0.1:{serving.port}{question.path}"
    command = (
        *("wrk", "--threads", "1", "--connections", str(connections)),
        *("--duration", f"{seconds}s", "--timeout", "30s", "--script", str(script), url),
    )
    return await taken(command, serving)


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
