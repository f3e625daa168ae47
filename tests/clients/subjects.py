"""What the calls are about: one of each thing that a server has.

Nothing here knows the film of the demo server, so that the same calls can be made before any
server. What it doesn't have stands as `MISSING`: an id that nothing bears.
"""

from __future__ import annotations

from dataclasses import dataclass

MISSING = "0123456789abcdef0123456789abcdef"
SITE = "site-of-the-tests"


@dataclass(frozen=True, slots=True)
class Subjects:
    """Names and ids of things that are there."""

    project: str
    other_project: str = "no_such_project"
    """One that normal users may not enter, where there is one."""
    folder: str = MISSING
    folder_name: str = MISSING
    folder_path: str = "/nowhere"
    task: str = MISSING
    task_name: str = MISSING
    product: str = MISSING
    product_name: str = MISSING
    product_folder: str = MISSING
    product_type: str = MISSING
    version: str = MISSING
    version_number: int = 1
    hero_version: str = MISSING
    representation: str = MISSING
    representation_name: str = MISSING
    workfile: str = MISSING
    workfile_path: str = "/nowhere.ma"
    workfile_task: str = MISSING
    pictured_folder: str = MISSING
    folder_thumbnail: str = MISSING
    pictured_version: str = MISSING
    reviewed_version: str = MISSING
    file: str = MISSING
    activity: str = MISSING
    event: str = MISSING
    entity_list: str = MISSING
    link_type: tuple[str, str, str] = ("reference", "version", "version")
    addon: str = "no_addon"
    addon_version: str = "0.0.0"
    addon_file: str = "client.zip"
    bundle: str = "no_bundle"
    dependency_package: str = "none.zip"
    installer: str = "none.tar.gz"
    access_group: str = "no_group"
    user: str = "nobody"
    """One who works on the project."""
    secret: str = "no_secret"
