"""The clock of a running proxy: no jump of the wall clock is one of it.

Broken once, to see the tests fail: `now` read from the wall clock; `time.monotonic` in place of the
clock that counts sleep.
"""

from __future__ import annotations

import sys
import time

import pytest

from ayon_proxy.system_clock import SystemClock, seconds_awake_and_asleep


class Readings:
    """Clocks that a test sets."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000.0
        self.steady = 7.0

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: self.steady)


def test_it_begins_with_the_time_of_day() -> None:
    assert Readings().clock().now() == 1_800_000_000.0
    assert SystemClock().now() == pytest.approx(time.time(), abs=1.0)


@pytest.mark.parametrize("hours", [-1000.0, -3.0, 3.0, 1000.0])
def test_a_wall_clock_that_is_set_does_not_move_it(hours: float) -> None:
    readings = Readings()
    clock = readings.clock()
    readings.wall += hours * 3600
    assert clock.now() == 1_800_000_000.0
    readings.steady += 2.5
    assert clock.now() == 1_800_000_002.5


def test_a_new_process_takes_the_time_of_day_as_it_is_then() -> None:
    readings = Readings()
    readings.clock()
    readings.wall -= 3600
    assert readings.clock().now() == 1_800_000_000.0 - 3600


@pytest.mark.skipif(sys.platform == "win32", reason="a process can't be moved there")
@pytest.mark.parametrize(
    ("epoch", "place", "shown"),
    [
        (1_800_000_000, "UTC0", "08:00"),
        (1_800_000_000, "CET-1CEST,M3.5.0,M10.5.0/3", "09:00"),
        (1_806_195_599, "CET-1CEST,M3.5.0,M10.5.0/3", "01:59"),
        (1_806_195_600, "CET-1CEST,M3.5.0,M10.5.0/3", "03:00"),
        (1_824_940_800, "CET-1CEST,M3.5.0,M10.5.0/3", "02:00"),
        (1_824_944_400, "CET-1CEST,M3.5.0,M10.5.0/3", "02:00"),
    ],
)
def test_the_minute_of_the_day_is_what_the_clock_on_the_wall_shows(
    monkeypatch: pytest.MonkeyPatch, epoch: int, place: str, shown: str
) -> None:
    """Over both changes of summer time, and as the clock was set since the start."""
    readings = Readings()
    clock = readings.clock()
    readings.wall = epoch
    monkeypatch.setenv("TZ", place)
    time.tzset()
    try:
        hours, minutes = divmod(clock.minute_of_day(), 60)
        assert f"{hours:02}:{minutes:02}" == shown
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.skipif(sys.platform != "linux", reason="the name of the clock is the system's")
def test_the_time_that_the_machine_sleeps_counts() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert before <= seconds_awake_and_asleep() <= time.clock_gettime(time.CLOCK_BOOTTIME)
