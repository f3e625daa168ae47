"""What a workstation asks, with AYON's own client library: blocking, for a worker thread."""

from __future__ import annotations

import tempfile

import ayon_api
import requests

from ayon_proxy.demo.film import FILM

SHOT = "/shots/sq010/sh0010"


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


def change_and_read(url: str, key: str) -> str:
    """Give a folder a new label, and the label that is read back."""
    connection = ayon_api.ServerAPI(url, token=key)
    shot = _shot(connection)
    connection.update_folder(FILM, shot, label="The chase")
    return str(connection.get_rest_folder(FILM, shot)["label"])


def read_offline(url: str, key: str) -> None:
    """Something that is stored, something that is not, and a write."""
    with requests.Session() as session:
        session.headers["X-Api-Key"] = key
        session.get(f"{url}/api/projects/{FILM}", timeout=10)
        session.get(f"{url}/api/projects/{FILM}/tags", timeout=10)
        session.patch(f"{url}/api/projects/{FILM}", json={"active": False}, timeout=10)


def _shot(connection: ayon_api.ServerAPI) -> str:
    folder = connection.get_folder_by_path(FILM, SHOT, fields={"id"})
    assert folder is not None  # noqa: S101 - the film has it
    return str(folder["id"])
