"""What a workstation asks, with AYON's own client library: blocking, for a worker thread."""

from __future__ import annotations

import tempfile

import ayon_api
import requests

from ayon_proxy.demo.film import FILM

SHOT = "/shots/sq010/sh0010"
TASK = "compositing"


def start_up(url: str, key: str) -> None:
    """A launcher's start (upstream/clients.md 7.1), then an artist's first look at a project."""
    connection = ayon_api.ServerAPI(url, token=key)
    connection.get_bundles()
    connection.get_bundle_settings()
    connection.get_addons_info(details=True)
    packages = connection.get_dependency_packages()["packages"]
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            connection.download_dependency_package(package["filename"], folder, "package.zip")
    connection.get_projects()
    connection.get_project(FILM)
    connection.get_folders_hierarchy(FILM)
    shot = _shot(connection)
    connection.get_rest_folder(FILM, shot)
    connection.get_folder_thumbnail(FILM, shot)
    list(connection.get_tasks(FILM, folder_ids=[shot]))
    list(connection.get_products(FILM, folder_ids=[shot]))


class Artist:
    """Somebody who is connected, and asks and writes at `url`."""

    def __init__(self, url: str, key: str) -> None:
        self._connection = ayon_api.ServerAPI(url, token=key)
        self._url = url
        self._key = key
        self._shot = _shot(self._connection)
        (self._task,) = self._tasks(fields={"id"})

    def status(self) -> str:
        """What a GraphQL question says of the status of the shot's task."""
        (task,) = self._tasks(fields={"status"})
        return str(task["status"])

    def give(self, status: str) -> None:
        """Set it."""
        self._connection.update_task(FILM, self._task["id"], status=status)

    def look_at_products(self) -> None:
        """Read the products of the shot, as at the start."""
        list(self._connection.get_products(FILM, folder_ids=[self._shot]))

    def look_at_tasks(self) -> None:
        """Read all tasks of the shot, as at the start."""
        list(self._connection.get_tasks(FILM, folder_ids=[self._shot]))

    def ask_something_new(self) -> None:
        """What nobody has asked before."""
        with requests.Session() as session:
            session.headers["X-Api-Key"] = self._key
            session.get(f"{self._url}/api/projects/{FILM}/tags", timeout=10)

    def write(self) -> None:
        """Set another status, and don't mind whether it can be."""
        with requests.Session() as session:
            session.headers["X-Api-Key"] = self._key
            path = f"/api/projects/{FILM}/tasks/{self._task['id']}"
            session.patch(f"{self._url}{path}", json={"status": "On hold"}, timeout=10)

    def _tasks(self, fields: set[str]) -> list[dict[str, object]]:
        found = self._connection.get_tasks(
            FILM, folder_ids=[self._shot], task_names=[TASK], fields=fields
        )
        return list(found)


def _shot(connection: ayon_api.ServerAPI) -> str:
    folder = connection.get_folder_by_path(FILM, SHOT, fields={"id"})
    assert folder is not None  # noqa: S101 - the film has it
    return str(folder["id"])
