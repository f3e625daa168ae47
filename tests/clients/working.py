"""Makes something of what a film that nobody works on doesn't have."""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo.film import FILM
from tests.clients.subjects import SITE, Subjects


def work_on(connection: Any, film: Subjects) -> None:
    """Through a connection of the demo server, with the rights of an admin."""
    connection.dispatch_event("tests.begun", project_name=FILM, description="The tests begin")
    connection.create_activity(FILM, film.version, "version", "comment", body="Well done")
    connection.set_entity_watchers(FILM, film.version, "version", ["artist"])
    connection.save_team(FILM, "lights", [{"name": "lighter", "leader": True, "roles": []}])
    connection.set_project_root_overrides(FILM, SITE, {"work": "/elsewhere"})
    connection.create_project_folder("Films")
    greeting = {"greeting": "good morning"}
    connection.set_addon_studio_settings(film.addon, film.addon_version, greeting)
