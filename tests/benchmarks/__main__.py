"""`make bench`: measure, and print each figure beside its peer. `ARGS="hits blobs"` takes some.

The machine should have nothing else to do: a millisecond is soon lost to another process.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from ayon_proxy.server import allow_open_files, loop_factory
from tests.benchmarks.blobs import blobs
from tests.benchmarks.figures import HEADINGS, Line, in_columns
from tests.benchmarks.growing import growing
from tests.benchmarks.hits import hits
from tests.benchmarks.million import million
from tests.benchmarks.misses import misses
from tests.benchmarks.stampede import stampede
from tests.benchmarks.thin import thin

PARTS: dict[str, Callable[[Path], AsyncIterator[Line]]] = {
    "hits": hits,
    "blobs": blobs,
    "misses": misses,
    "stampede": stampede,
    "million": million,
    "growing": growing,
    "thin": thin,
}


async def measure(names: list[str]) -> None:
    """Print the figures of these parts, each as soon as there is one."""
    print(in_columns(HEADINGS), flush=True)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="ayon-proxy-bench-") as folder:
            async for line in PARTS[name](Path(folder)):
                print(line.line(), flush=True)
    print(f"({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})")


def main() -> None:
    """Those that are named, or all. Exit status 2 for a name that there is not."""
    names = sys.argv[1:] or list(PARTS)
    if unknown := set(names) - PARTS.keys():
        print(f"no {', '.join(sorted(unknown))} among: {', '.join(PARTS)}", file=sys.stderr)
        sys.exit(2)
    allow_open_files()
    # A demo server that ends complains about whoever still listened to it.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(measure(names))


if __name__ == "__main__":
    main()
