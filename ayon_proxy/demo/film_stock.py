"""What the film's studio offers besides its entities: addons, bundles, packages, pictures, files.

Contents are drawn or made of seeded noise, once per process: the same bytes in every run.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from ayon_proxy.demo.catalogue import Addon, Bundle, Package, StoredFile
from ayon_proxy.demo.entities import Folder
from ayon_proxy.demo.pictures import DRAWN, PREVIEW, drawn, thumbnail
from ayon_proxy.demo.project import Activity, Project, ProjectFile, Reference
from ayon_proxy.demo.studio import Studio

MADE = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
ADDON = "film_tools"
INSTALLER_VERSION = "1.2.0"
PACKAGE, INSTALLER = "film_2609_linux.zip", f"AYON-{INSTALLER_VERSION}-linux.tar.gz"
PACKAGE_BYTES, INSTALLER_BYTES, CLIENT_BYTES = 40_000_001, 3_145_731, 300_007
NOISE_PERIOD_BYTES = 1_000_003
LONG_CLIP_BYTES = 13 * 1024 * 1024 + 5
"""Long enough for the rules of large videos."""
SHORT_CLIP_BYTES = 10_545


@cache
def noise(name: str, size: int) -> bytes:
    """Bytes that don't compress; the same for the same name.

    They repeat, but at no distance at which a wrong offset would fall upon its own repetition.
    """
    block = Random(name).randbytes(min(size, NOISE_PERIOD_BYTES))  # noqa: S311 - no secret
    return (block * (size // NOISE_PERIOD_BYTES + 1))[:size]


@cache
def archive(name: str, size: int) -> bytes:
    """A zip file with about that many bytes of noise in it."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as packed:
        packed.writestr(ZipInfo(f"{name}/__init__.py", (2026, 9, 1, 8, 0, 0)), "")
        packed.writestr(ZipInfo(f"{name}/data.bin", (2026, 9, 1, 8, 0, 0)), noise(name, size))
    return out.getvalue()


def stock(studio: Studio) -> None:
    """Furnish a studio that has projects and people."""
    for version in ("1.0.0", "1.1.0"):
        studio.addons[ADDON, version] = _addon(version)
    studio.settings[ADDON, "1.1.0", "staging"] = {"greeting": "hello from staging"}
    for name, version, flag in (
        ("prod-2609", "1.0.0", "is_production"),
        ("staging-2609", "1.1.0", "is_staging"),
    ):
        studio.bundles[name] = Bundle(
            name=name,
            created_at=MADE,
            addons={ADDON: version},
            installer_version=INSTALLER_VERSION,
            dependency_packages={"linux": PACKAGE},
        )
        setattr(studio.bundles[name], flag, True)
    package = archive("film_2609", PACKAGE_BYTES)
    studio.dependency_packages[PACKAGE] = _package(
        *(PACKAGE, package, "application/zip"),
        installerVersion=INSTALLER_VERSION,
        sourceAddons={ADDON: "1.0.0"},
        pythonModules={"requests": "2.32"},
    )
    studio.installers[INSTALLER] = _package(
        *(INSTALLER, noise(INSTALLER, INSTALLER_BYTES), "application/x-tar"),
        version=INSTALLER_VERSION,
        pythonVersion="3.9.13",
        pythonModules={"requests": "2.32"},
        runtimePythonModules={},
    )
    studio.secrets["shotgrid"] = "not-a-real-secret"
    studio.config = {
        "studio_name": "Demo studio",
        "customization": {"login_background": None, "studio_logo": None, "motd": ""},
        "authentication": {"hide_password_auth": False},
    }
    for project in studio.projects.values():
        _hang_pictures(project)
        _add_reviewables(project)


def _addon(version: str) -> Addon:
    settings: dict[str, Any] = {"greeting": "hello", "frames": {"first": 1001, "padding": 4}}
    title = "Film tools"
    return Addon(
        name=ADDON,
        version=version,
        title=title,
        client_version=version,
        settings_schema={"type": "object", "properties": {"greeting": {"type": "string"}}},
        default_settings=settings,
        site_settings_schema={"type": "object", "properties": {"scratch": {"type": "string"}}},
        default_site_settings={"scratch": "/scratch"},
        client_pyproject={"project": {"name": ADDON}},
        private_files={
            "client.zip": _file("client.zip", archive(f"{ADDON}-{version}", CLIENT_BYTES), "zip"),
            "pyproject.toml": StoredFile(
                filename="pyproject.toml",
                content=f'[project]\nname = "{ADDON}"\n'.encode(),
                modified_at=MADE,
            ),
        },
        public_files={
            "icon.jpg": StoredFile(
                filename="icon.jpg",
                content=drawn(title, (64, 64)),
                modified_at=MADE,
                content_type="image/jpeg",
            )
        },
    )


def _file(name: str, content: bytes, kind: str) -> StoredFile:
    return StoredFile(
        filename=name, content=content, modified_at=MADE, content_type=f"application/{kind}"
    )


def _package(filename: str, content: bytes, content_type: str, **more: Any) -> Package:
    return Package(
        filename=filename,
        manifest={
            "filename": filename,
            "platform": "linux",
            "size": len(content),
            "checksum": _digest(content),
            "checksumAlgorithm": "sha256",
            "sources": [],
            **more,
        },
        file=StoredFile(
            filename=filename, content=content, modified_at=MADE, content_type=content_type
        ),
    )


@cache
def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _made_id(*names: str) -> str:
    return sha256("/".join(names).encode()).hexdigest()[:32]


def _hang_pictures(project: Project) -> None:
    """Pictures for shots, assets and renders, and one of the project."""
    labels = {each.id: each.name for each in project.products.values()}
    shown: list[Any] = [
        each for each in project.folders.values() if each.folder_type in {"Shot", "Asset"}
    ]
    shown += [each for each in project.versions.values() if labels[each.product_id] == "renderMain"]
    for entity in shown:
        picture_id = _made_id("thumbnail", entity.id)
        text = f"{entity.name} {entity.id[:4]}"
        size = DRAWN if isinstance(entity, Folder) else PREVIEW
        picture = thumbnail(picture_id, drawn(text, size), "image/jpeg", MADE)
        project.thumbnails[picture_id] = picture
        entity.thumbnail_id = picture_id
        entity.data["thumbnailHash"] = picture_id[:6]
    project.thumbnail = thumbnail("0" * 32, drawn(project.name), "image/jpeg", MADE)


def _add_reviewables(project: Project) -> None:
    """A still and a clip for every second review version; the first clip is a long one."""
    products = {each.id for each in project.products.values() if each.name == "reviewMain"}
    reviewed = [
        each
        for each in project.versions.values()
        if each.product_id in products and each.version == 2
    ]
    for number, version in enumerate(reviewed):
        size = SHORT_CLIP_BYTES if number else LONG_CLIP_BYTES
        for name, kind, content in (
            ("still.jpg", "image/jpeg", drawn("still")),
            ("clip.mp4", "video/mp4", noise("clip", size)),
        ):
            made = MADE + timedelta(days=1, seconds=len(project.activities))
            file_id = _made_id("file", version.id, name)
            activity_id = _made_id("reviewable", version.id, name)
            project.files[file_id] = ProjectFile(
                id=file_id,
                filename=name,
                content_type=kind,
                content=content,
                created_at=made,
                author="artist",
                activity_id=activity_id,
            )
            project.activities[activity_id] = Activity(
                id=activity_id,
                activity_type="reviewable",
                body=f"Uploaded a reviewable '{name}'",
                author="artist",
                created_at=made,
                updated_at=made,
                file_ids=[file_id],
                data={"files": [{"id": file_id, "filename": name, "mime": kind}]},
                references=[
                    Reference(
                        id=_made_id("reference", activity_id),
                        reference_type="origin",
                        entity_type="version",
                        entity_id=version.id,
                    )
                ],
                creation_order=len(project.activities) + 1,
            )
