"""A small film, so that a studio has something to show; and one that keeps more people busy.

Their ids are the same in every run. `artist` may enter `little_film` only, `lighter` only what is
assigned there, and nobody but admins `secret_film`. The busy one is another `little_film`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from ayon_proxy.demo.attribute_set import attributes
from ayon_proxy.demo.clock import Clock, wall_clock
from ayon_proxy.demo.film_crew import BEGIN, PASSWORDS, SERVICE_KEY, hire
from ayon_proxy.demo.film_stock import stock
from ayon_proxy.demo.shoot import SHOTS, Shoot, film_id
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.upstream_caches import UpstreamCaches

__all__ = [
    "BEGIN",
    "FILM",
    "PASSWORDS",
    "SECRET",
    "SERVICE_KEY",
    "busy_film",
    "film_id",
    "small_film",
]

FILM, SECRET = "little_film", "secret_film"
SHOTS_OF_A_SEQUENCE = 10


def small_film(clock: Clock = wall_clock, *, upstream_caches: bool = False) -> Studio:
    """A studio with the film, its people and their rights.

    `upstream_caches` makes it as stale as upstream is (see there). The server has been up for an
    hour, so that a restart can be told from its uptime.
    """
    return _studio(clock, SHOTS, upstream_caches=upstream_caches)


def busy_film(
    folders: int = 50, clock: Clock = wall_clock, *, upstream_caches: bool = False
) -> Studio:
    """The same with that many shots; each has four tasks, three products and seven versions."""
    shots: dict[str, list[str]] = {}
    for number in range(folders):
        sequence, place = divmod(number, SHOTS_OF_A_SEQUENCE)
        shots.setdefault(f"sq{sequence + 1:02d}0", []).append(f"sh{place + 1:02d}0")
    return _studio(clock, shots, upstream_caches=upstream_caches)


def _studio(clock: Clock, shots: Mapping[str, Sequence[str]], *, upstream_caches: bool) -> Studio:
    studio = Studio(
        clock=clock,
        started_at=clock() - timedelta(hours=1),
        attributes=attributes(),
        upstream_caches=UpstreamCaches() if upstream_caches else None,
    )
    hire(studio, FILM)
    studio.projects[FILM] = Shoot(FILM, "lf", shots).project()
    studio.projects[SECRET] = Shoot(SECRET, "sec", SHOTS).project()
    stock(studio)
    return studio
