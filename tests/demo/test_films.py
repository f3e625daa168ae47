"""The films are the same in every run, and the busy one is as big as it says."""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo.entities import ENTITY_TYPES
from ayon_proxy.demo.film import FILM, busy_film, small_film
from ayon_proxy.demo.studio import Studio


def _contents(studio: Studio) -> dict[str, Any]:
    project = studio.projects[FILM]
    return {each: project.table(each) for each in ENTITY_TYPES} | {
        "links": project.links,
        "lists": project.lists,
        "thumbnails": list(project.thumbnails),
        "files": list(project.files),
    }


def test_every_run_has_the_same_films() -> None:
    assert _contents(small_film()) == _contents(small_film())
    assert _contents(busy_film(13)) == _contents(busy_film(13))


def test_the_busy_film_has_so_many_shots_with_all_that_belongs_to_them() -> None:
    project = busy_film(50).projects[FILM]
    shots = {each.id for each in project.folders.values() if each.folder_type == "Shot"}
    products = {each.id for each in project.products.values() if each.folder_id in shots}
    versions = [each for each in project.versions.values() if each.product_id in products]
    assert len(shots) == 50
    assert sum(each.folder_id in shots for each in project.tasks.values()) == 200
    assert (len(products), len(versions)) == (150, 350)
    assert all(project.folders[each].thumbnail_id in project.thumbnails for each in shots)
    assert {each.version_id for each in project.representations.values()} == set(project.versions)


def test_only_a_film_that_is_asked_for_is_stale() -> None:
    assert small_film().upstream_caches is None
    assert busy_film(1, upstream_caches=True).upstream_caches is not None
