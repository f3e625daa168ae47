"""G1, G2: after the proxy has heard of a change, every read through it equals upstream's own.

AYON_PROXY_STEPS     steps of each run
AYON_PROXY_SECONDS   each run goes on for so long
AYON_PROXY_SEED      one run, with this seed: what a failure prints
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from ayon_proxy.demo.running import DemoServer
from tests.differential.driver import Driver
from tests.differential.scene import (
    SECONDS_ASKED,
    STEPS,
    driver_of,
    film_of,
    proxy_of,
    status,
)

SEED = os.environ.get("AYON_PROXY_SEED")
SEEDS = (int(SEED),) if SEED else (1, 2)


async def run(driver: Driver, steps: int, seconds: float) -> None:
    """At least so many steps, at least so long; leave off when enough has been found."""
    ends = time.monotonic() + seconds
    await driver.take_steps(steps)
    while time.monotonic() < ends and len(driver.tally.stale) < 20:
        await driver.take_steps(100)


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_answer_is_stale(
    demo: DemoServer, tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    studioed = await film_of(demo.studio, demo.url)
    async with (
        proxy_of(studioed, tmp_path / "data") as proxy,
        driver_of(studioed, proxy.url, seed, by_socket=seed % 2 == 0) as driver,
    ):
        await run(driver, STEPS or 1100, SECONDS_ASKED)
        feed = (await status(driver.proxied))["feed"]
    with capsys.disabled():
        print(f"\nseed {seed}: {driver.step} steps", *driver.tally.lines(), sep="\n")
    assert not driver.tally.stale, "\n\n".join(map(str, driver.tally.stale))
    assert feed["state"] == "live"
    # What was not tried has not been shown.
    assert driver.tally.hits > 100
    assert driver.tally.writes.total() > 50
