"""`ayon-proxy demo` as a process: the tour shows what it says it shows.

The words at the beginning of a line are the script's; the Cache-Status at its end is the proxy's.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator

import pytest

DEADLINE = 60.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The process, and what it printed until it had nothing more to show."""
    clean = {name: value for name, value in os.environ.items() if "AYON" not in name.upper()}
    process = subprocess.Popen(
        [sys.executable, "-m", "ayon_proxy", "demo", "--port", "0", "--upstream-port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean | {"COLUMNS": "80", "PYTHONUNBUFFERED": "1"},
    )
    too_long = threading.Timer(DEADLINE, process.kill)
    too_long.start()
    try:
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line.rstrip())
            if "ayon-proxy status --url" in line:
                break
        yield process, printed
    finally:
        too_long.cancel()
        process.kill()
        process.communicate()


Demo = tuple[subprocess.Popen[str], list[str]]

STEPS = (
    ("miss", r"Ready to start .* fwd=uri-miss; stored"),
    ("hit", r"Ready to start .* hit; ttl=5\d\d"),
    ("event", "Somebody else changes it"),
    ("fresh", "Approved .* fwd=stale; stored"),
    ("hit", r"Approved .* hit; ttl=5\d\d"),
    ("write", "We change it, through the proxy"),
    ("fresh", "Not ready .* fwd=stale; stored"),
    ("offline", "The line is cut"),
    ("hit", r"Not ready .* hit; (ttl=\d|detail=offline)"),
    ("stale", "hit; detail=offline"),
    ("refused", ": 504 .* detail=offline"),
    ("refused", "a write: 504 .* detail=offline"),
    ("online", "live again after"),
    ("hit", r"products.* hit; ttl=5\d\d"),
)


def test_the_tour_shows_miss_hit_event_fresh_offline_in_that_order(demo: Demo) -> None:
    _, printed = demo
    begin = next(number for number, line in enumerate(printed) if "One question" in line)
    lines = [line.split(maxsplit=1) for line in printed[begin + 1 :] if line.startswith("  ")]
    steps = lines[: len(STEPS)]
    assert [label for label, _ in steps] == [label for label, _ in STEPS]
    for (label, shown), (_, pattern) in zip(steps, STEPS, strict=True):
        assert re.search(pattern, shown), f"{label}: {shown}"


def test_the_feed_is_live_before_the_tour_begins(demo: Demo) -> None:
    _, printed = demo
    assert any(re.fullmatch(r"event feed +live after \d\.\d s\.", line) for line in printed)


def test_the_second_start_of_a_workstation_is_answered_from_the_store(demo: Demo) -> None:
    _, printed = demo
    rows = [line.split() for line in printed if re.match(r" (GET|GraphQL) ", line)]
    assert len([row for row in rows if row[0] == "GraphQL"]) == 3
    # Not stored: that nobody in particular is nobody.
    asked = [row for row in rows if row[-1] not in {"store", "-"}]
    assert {row[1] for row in asked} == {"users/me"}
    assert {row[-1] for row in asked} == {"proxy"}  # it remembers the refusal
    assert all(row[-3:-1] == ["0", "B"] for row in rows if row[-1] == "store")


def test_the_tour_fits_a_narrow_terminal_and_cuts_only_names(demo: Demo) -> None:
    _, printed = demo
    assert max(map(len, printed)) <= 80
    names = re.compile(r"^ GET …\S*")
    assert not any("…" in names.sub("", line) for line in printed)


def test_both_go_on_until_they_are_stopped_and_have_not_failed(demo: Demo) -> None:
    process, printed = demo
    (url,) = (line.split()[-1] for line in printed if line.startswith("ayon-proxy "))
    with urllib.request.urlopen(f"{url}/-/status", timeout=DEADLINE) as answer:
        assert json.load(answer)["feed"]["state"] == "live"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    assert "Traceback" not in out
