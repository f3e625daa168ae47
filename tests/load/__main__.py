"""`python -m tests.load [--seconds 300] [--clients 500]`: the whole run, and its figures."""

from __future__ import annotations

import argparse
import asyncio

from ayon_proxy.server import allow_open_files, loop_factory
from tests.benchmarks.figures import percentile
from tests.load.clients import LATE_SECONDS
from tests.load.run import Outcome, Plan, run

MOST_SECONDS = 0.050
MOST_RATIO = 3.0
MIB = 1024 * 1024


def table(outcome: Outcome) -> str:
    """What it has shown, for people."""
    measured, judge = outcome.measured, outcome.judge
    lines = [f"{'phase':<14}{'how':<12}{'answers':>9}{'p50 ms':>9}{'p99 ms':>9}{'most ms':>9}"]
    for (phase, how), seconds in measured.seconds.items():
        p50, p99 = percentile(seconds, 0.5), percentile(seconds, 0.99)
        lines.append(
            f"{phase:<14}{how:<12}{len(seconds):>9}{p50 * 1000:>9.2f}{p99 * 1000:>9.2f}"
            f"{max(seconds) * 1000:>9.1f}"
        )
    calm = percentile(measured.seconds["calm", "hit"], 0.99)
    hanging = percentile(measured.seconds["hanging", "hit"], 0.99)
    lines += [
        f"p99 of hits while upstream hangs: {hanging * 1000:.1f} ms (most {MOST_SECONDS * 1e3:g}),",
        f"    {hanging / calm:.2f} x that of the calm (most {MOST_RATIO:g})",
        f"faults: {len(outcome.happened)}; statuses: {dict(sorted(judge.statuses.items()))}",
        f"connections broken: {dict(measured.broken)}; writes: {dict(measured.writes)}",
        f"from the store after {LATE_SECONDS:g} s: {dict(measured.late) or 'nothing'}",
        f"wrong answers: {len(judge.wrong)}",
        *judge.wrong[:20],
        f"left over: {outcome.after.more_than(outcome.before) or 'nothing'}",
        f"memory: {outcome.before.memory / MIB:.0f} MiB, then {outcome.after.memory / MIB:.0f} MiB",
        f"defects in the log: {list(outcome.complaints) or 'none'}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    whole = given.seconds
    plan = Plan(
        clients=given.clients,
        warm=max(5.0, whole * 0.05),
        calm=whole * 0.15,
        faults=whole * 0.5,
        hang=max(8.0, whole * 0.05),
        between=max(13.0, whole * 0.05),
        pause=given.pause,
        seed=given.seed,
    )
    allow_open_files()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        print(table(runner.run(run(plan, say=True))))


if __name__ == "__main__":
    main()
