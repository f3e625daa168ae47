"""Who runs on which core, and how busy it is there: servers on one, all that asks on the other."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from pathlib import Path

ASKING, SERVING = 0, 1

_TICKS = os.sysconf("SC_CLK_TCK")


def on(core: int) -> tuple[str, ...]:
    """The command that puts another one on that core."""
    return ("taskset", "-c", str(core))


def take_the_asking_core() -> None:
    """For this process, and those that it begins from here on."""
    os.sched_setaffinity(0, {ASKING})


def family(pid: int) -> list[int]:
    """The process and those below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def seconds_used(pids: Sequence[int]) -> float:
    """Processor time of these processes so far."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def seconds_of_children() -> float:
    """Processor time of the children of this process that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def own_bytes(pid: int) -> int:
    """Memory that it holds, without pages of files."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the system does not say RssAnon")
