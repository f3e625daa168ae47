"""What a workstation asks, with AYON's own client library: blocking, for a worker thread."""

from __future__ import annotations

import tempfile

import ayon_api
import requests

from ayon_proxy.demo.film import FILM, film_id

FOLDER = film_id(FILM, "folder", "/shots/sq010/sh0010")


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
    connection.get_rest_folder(FILM, FOLDER)
    connection.get_folder_thumbnail(FILM, FOLDER)
    list(connection.get_tasks(FILM, folder_ids=[FOLDER]))


def change_and_read(url: str, key: str) -> str:
    """Give a folder a new label, and the label that is read back."""
    connection = ayon_api.ServerAPI(url, token=key)
    connection.update_folder(FILM, FOLDER, label="The chase")
    return str(connection.get_rest_folder(FILM, FOLDER)["label"])


def read_offline(url: str, key: str) -> None:
    """Something that is stored, something that is not, and a write."""
    for method, path in (
        ("GET", f"/api/projects/{FILM}"),
        ("GET", f"/api/projects/{FILM}/folders/{'0' * 32}"),
        ("PATCH", f"/api/projects/{FILM}/folders/{FOLDER}"),
    ):
        requests.request(method, url + path, headers={"X-Api-Key": key}, json={}, timeout=10)
