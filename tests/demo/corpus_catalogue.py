"""What the corpus' studio offers besides its entities: addons, bundles, packages, files, pictures.

Contents that were recorded as size and digest only are stood in for by as many zero bytes, so
answers are compared by status, fields and length.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ayon_proxy.demo.catalogue import Action, Addon, Bundle, Package, StoredFile
from ayon_proxy.demo.entities import Folder, Product, Version
from ayon_proxy.demo.events import Event
from ayon_proxy.demo.people import Session
from ayon_proxy.demo.pictures import drawn
from ayon_proxy.demo.project import Project, ProjectFile, Thumbnail
from ayon_proxy.demo.studio import Studio
from tests.demo.corpus import TOKENS, Record, records
from tests.demo.corpus_studio import corpus_studio, moment

PNG_THUMBNAILS = {
    record["response"]["headers"]["x-thumbnail-id"]
    for record in records("thumbnails")
    if record["response"]["headers"].get("content-type") == "image/png"
    and "x-thumbnail-id" in record["response"]["headers"]
}
UNSET_SITE = "/api/addons/lab_addon/1.0.0/siteSettings"


def full_studio() -> Studio:
    """A new Studio on every call, with all that the http families ask for."""
    studio = corpus_studio()
    studio.version = _answer("connection", "/api/info")["version"]
    _add_addons(studio)
    _add_packages(studio)
    _add_configuration(studio)
    small = studio.projects["demo_small"]
    _add_project_files(small)
    _add_thumbnails(small)
    _add_secret_project(studio)
    small.site_roots["site-1", "artist"] = _answer(
        "projects", "/api/projects/demo_small/roots", "artist"
    )["site-1"]
    small.anatomy.templates = _answer("projects", "/api/projects/demo_small")["config"]["templates"]
    folders = _answer("projects", "/api/projects/demo_small/entityListFolders")["folders"]
    small.list_folders = {each["id"]: each for each in folders}
    return studio


def studio_of(family: str) -> Studio:
    """The studio as it was when a family of records was made."""
    studio = full_studio()
    if family in _PREPARED:
        _PREPARED[family](studio)
    return studio


def _for_client_ip(studio: Studio) -> None:
    """By then a service had changed the artist."""
    studio.users["artist"].data["updatedBy"] = "service"


def _for_misc_reads(studio: Studio) -> None:
    """Only events that these records show; later families show later events."""
    studio.events.stored.clear()
    shown: dict[str, dict[str, Any]] = {}
    for record in records("misc_reads"):
        body = record["response"].get("body")
        for each in body if isinstance(body, list) else [body]:
            if isinstance(each, dict) and "topic" in each:
                snake = {_snake(key): value for key, value in each.items()}
                shown[snake["id"]] = {"sender_type": None, **snake}
    for order, columns in enumerate(sorted(shown.values(), key=lambda each: each["created_at"])):
        moments = {key: moment(columns[key]) for key in ("created_at", "updated_at")}
        event = Event(**(columns | moments), creation_order=order)
        studio.events.stored[event.id] = event


def _for_users(studio: Studio) -> None:
    """Every session that was there, in order; the known tokens stand for each user's first."""
    studio.sessions.clear()
    for number, shown in enumerate(_answer("users", "/api/auth/sessions")):
        name = shown["user"]["name"]
        token = TOKENS[name] if TOKENS[name] not in studio.sessions else f"{number:064}"
        studio.sessions[token] = Session(
            token=token,
            user=studio.users[name].snapshot(),
            created=studio.clock().timestamp(),
            last_used=studio.clock().timestamp(),
            is_api_key=name == "service",
            client_info=shown["clientInfo"],
        )


def _for_core_addon(studio: Studio) -> None:
    """Three more addons, of which a bundle takes two."""
    listed = {each["name"]: each for each in _answer("core_addon", "/api/addons")["addons"]}
    shown = _answer("core_addon", "/api/settings", query="bundle_name=rec-core")["addons"]
    settings = {each["name"]: each["settings"] for each in shown}
    archive = stored(
        _found("core_addon", "/addons/core/1.9.7+dev/private/client.zip"), "client.zip"
    )
    for name in ("core", "rec_actions"):
        for version, each in listed[name]["versions"].items():
            studio.addons[name, version] = Addon(
                name=name,
                version=version,
                title=listed[name]["title"],
                description=listed[name]["description"],
                settings_schema={},
                default_settings=settings[name],
                private_files={"client.zip": archive},
                client_pyproject=each.get("clientPyproject"),
                project_can_override=each["projectCanOverrideAddonVersion"],
            )
    studio.bundles["rec-core"] = Bundle(
        name="rec-core",
        created_at=studio.clock(),
        addons={each["name"]: each["version"] for each in shown},
        installer_version=studio.bundles["prod-2607"].installer_version,
        dependency_packages=studio.bundles["prod-2607"].dependency_packages,
    )


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _for_actions(studio: Studio) -> None:
    """The addon whose actions were tried, in a dev bundle of its own."""
    _for_core_addon(studio)
    studio.bundles["rec-core"].is_dev = True
    addon = studio.addons["rec_actions", "0.1.0"]
    icon = "/addons/rec_actions/0.1.0/public/icon.png"
    addon.public_files["icon.png"] = stored(_found("actions", icon), "icon.png")
    shown = {
        each["identifier"]: each
        for record in records("actions")[:8]
        for each in record["response"]["body"]["actions"]
    }
    broken = "ValueError: broken on purpose"
    for identifier, entity_type, more in (
        ("launch-dcc", "task", {"args": ["addon", "applications", "launch", "--app", "dcc/2026"]}),
        ("folder-info", "folder", {"message": "Hello {user}"}),
        ("admin-only", "folder", {"failure": broken}),
        ("fails", "folder", {"failure": broken}),
    ):
        each = shown[identifier]
        addon.actions.append(
            Action(
                identifier=identifier,
                label=each["label"],
                entity_type=entity_type,
                category=each["category"],
                order=each["order"],
                icon=each.get("icon"),
                admin_only=each["adminOnly"],
                config_fields=each.get("configFields"),
                **({"message": "Launching DCC 2026"} | more),
            )
        )
    chosen = ("artist", "rec_actions", "0.1.0", "launch-dcc")
    studio.action_configs[chosen] = {"skip_last_workfile": True}


_PREPARED: dict[str, Callable[[Studio], None]] = {
    "client_ip": _for_client_ip,
    "misc_reads": _for_misc_reads,
    "users": _for_users,
    "actions": _for_actions,
    "core_addon": _for_core_addon,
}


def _found(family: str, path: str, identity: str = "", query: str | None = None) -> Record:
    return next(
        record
        for record in records(family)
        if record["request"]["path"] == path
        and record["response"]["status"] == 200
        and record["request"]["method"] == "GET"
        and identity in record["identity"]
        and query in (None, record["request"].get("query", ""))
    )


def _answer(family: str, path: str, identity: str = "", query: str | None = None) -> Any:
    """A body of its own for every studio: what a test changes must not be there for the next."""
    return deepcopy(_found(family, path, identity, query)["response"]["body"])


def stored(record: Record, filename: str) -> StoredFile:
    """A file as a record shows it, zeros for content that was not recorded."""
    response = record["response"]
    fields = response["headers"]
    text = response.get("body_text")
    content = text.encode() if text is not None else bytes(int(fields["content-length"]))
    return StoredFile(
        filename=filename,
        content=content,
        modified_at=moment_of(fields["last-modified"]),
        content_type=fields["content-type"].partition(";")[0],
    )


def moment_of(http_date: str) -> datetime:
    """An HTTP date."""
    return parsedate_to_datetime(http_date)


def _add_addons(studio: Studio) -> None:
    listed = _answer("addons", "/api/addons")["addons"][0]
    for version in listed["versions"]:
        path = f"/api/addons/lab_addon/{version}"
        studio.addons["lab_addon", version] = Addon(
            name="lab_addon",
            version=version,
            title=listed["title"],
            settings_schema=_answer("addons", f"{path}/schema"),
            default_settings=_answer("addons", f"{path}/settings", query="variant=production"),
            client_pyproject={"tool": {"poetry": {"name": "lab_addon"}}},
            site_settings_schema=_answer("addons", f"{path}/siteSettings/schema"),
            default_site_settings=_answer("addons", UNSET_SITE, query="site_id=site-unknown"),
            private_files=_files("private", version),
            public_files=_files("public", version),
        )
    _add_installs(studio)
    studio.settings["lab_addon", "1.1.0", "staging"] = _answer(
        "addons", "/api/addons/lab_addon/1.1.0/rawOverrides"
    )
    key = ("lab_addon", "1.0.0", "production")
    studio.projects["demo_small"].settings_overrides[key] = _answer(
        "addons", "/api/addons/lab_addon/1.0.0/rawOverrides/demo_small"
    )
    studio.site_settings["lab_addon", "1.0.0", "site-1", "artist"] = _answer(
        "addons", "/api/addons/lab_addon/1.0.0/siteSettings", "artist", "site_id=site-1"
    )
    for shown in _answer("bundles", "/api/bundles")["bundles"]:
        studio.bundles[shown["name"]] = Bundle(
            name=shown["name"],
            created_at=moment(shown["createdAt"]),
            addons=shown["addons"],
            installer_version=shown["installerVersion"],
            dependency_packages=shown["dependencyPackages"],
            is_production=shown["isProduction"],
            is_staging=shown["isStaging"],
        )


def _add_installs(studio: Studio) -> None:
    for shown in reversed(_answer("addons", "/api/addons/install")["items"]):
        studio.events.last_order += 1
        studio.events.stored[shown["id"]] = Event(
            id=shown["id"],
            hash=shown["id"],
            topic=shown["topic"],
            created_at=moment(shown["createdAt"]),
            updated_at=moment(shown["updatedAt"]),
            creation_order=studio.events.last_order,
            user=shown["user"],
            description=shown["description"],
            summary={"name": shown["addonName"], "version": shown["addonVersion"]},
        )


def _files(where: str, version: str) -> dict[str, StoredFile]:
    start = f"/addons/lab_addon/{version}/{where}/"
    return {
        record["request"]["path"].removeprefix(start): stored(record, record["request"]["path"])
        for record in records("addons")
        if record["request"]["path"].startswith(start)
        and record["request"]["method"] == "GET"
        and record["response"]["status"] == 200
    }


def _add_packages(studio: Studio) -> None:
    for table, path, key in (
        (studio.dependency_packages, "/api/desktop/dependencyPackages", "packages"),
        (studio.installers, "/api/desktop/installers", "installers"),
    ):
        for manifest in _answer("desktop", path)[key]:
            name = manifest["filename"]
            record = _found("desktop", f"{path}/{name}")
            table[name] = Package(filename=name, manifest=manifest, file=stored(record, name))


def _add_configuration(studio: Studio) -> None:
    studio.secrets = {each["name"]: each["value"] for each in _answer("secrets", "/api/secrets")}
    studio.config = _answer("config", "/api/config")
    studio.sites = {each["id"]: dict(each) for each in _answer("config", "/api/system/sites")}
    folders = _answer("projects", "/api/projectFolders")["folders"]
    studio.project_folders = {each["id"]: each for each in folders}
    for record in records("views"):
        body = record["response"]["body"]
        if "viewType" in body:
            view = {**deepcopy(body), "projectName": "demo_small"}
            view["default"] = view["working"]
            studio.views[body["id"]] = view


def _add_project_files(project: Project) -> None:
    ready = {
        shown["fileId"]: shown
        for record in records("reviewables")
        if isinstance(record["response"]["body"], dict)
        for shown in record["response"]["body"].get("reviewables", [])
    }
    for record in records("files"):
        path, response = record["request"]["path"], record["response"]
        if record["request"]["headers"].get("Range") or not path.endswith("/payload"):
            continue
        if response["status"] != 200:
            continue
        file_id = path.split("/")[-2]
        shown = ready.get(file_id, {})
        info = _answer("files", path.replace("/payload", "/info"))
        fields = response["headers"]
        text = response.get("body_text")
        project.files[file_id] = ProjectFile(
            id=file_id,
            filename=info["filename"],
            content_type=info["contentType"],
            content=text.encode() if text else bytes(info["size"]),
            created_at=moment_of(fields.get("last-modified", "Tue, 24 Nov 2026 06:34:45 GMT")),
            author="artist",
            data={"mediaInfo": shown.get("mediaInfo"), "availability": shown.get("availability")},
        )


def _add_thumbnails(project: Project) -> None:
    times = {
        record["response"]["headers"]["x-thumbnail-id"]: record["response"]["headers"]
        for record in records("thumbnails")
        if "x-thumbnail-time" in record["response"]["headers"]
    }
    picture = drawn("corpus")
    entities = (*project.folders.values(), *project.tasks.values(), *project.versions.values())
    ids = {str(getattr(each, "thumbnail_id", None) or "") for each in entities} - {""}
    for thumbnail_id in (*sorted(ids), "0" * 32):
        made = times.get(thumbnail_id, {}).get("x-thumbnail-time")
        project.thumbnails[thumbnail_id] = Thumbnail(
            id=thumbnail_id,
            content_type="image/png" if thumbnail_id in PNG_THUMBNAILS else "image/jpeg",
            original=picture,
            small=picture,
            created_at=moment(made) if made else project.created_at,
        )
    project.thumbnail = project.thumbnails.pop("0" * 32)


def _add_secret_project(studio: Studio) -> None:
    """The only things of `secret_proj` that anybody asks for by REST."""
    project = studio.projects["secret_proj"]
    stamp: dict[str, Any] = {
        "created_at": project.created_at,
        "updated_at": project.updated_at,
        "status": "Omitted",
    }
    shown = _answer(
        "entities", "/api/projects/secret_proj/folders/a3e73d69c7f653ed99171a1c5918789e"
    )
    for known in [each for each in project.folders.values() if each.name in {"shots", "sq000"}]:
        del project.folders[known.id]
    shots = Folder(id="a36d359f9f1e5036b1499c38e36f29f4", name="shots", **stamp)
    sequence = Folder(id=shown["parentId"], name="sq000", parent_id=shots.id, **stamp)
    shot = Folder(
        id=shown["id"],
        name=shown["name"],
        folder_type=shown["folderType"],
        parent_id=sequence.id,
        attrib={key: shown["attrib"][key] for key in shown["ownAttrib"]},
        created_by="service",
        updated_by="service",
        **stamp,
    )
    empty = Folder(id="125749941d17568cbe86d31ba58bca7a", name="empty", **stamp)
    for folder in (shots, sequence, shot, empty):
        project.add(folder)
    product = project.add(
        Product(id="c" * 32, name="p", folder_id=shot.id, product_type="render", **stamp)
    )
    project.add(
        Version(id="d91bce7b3cc35362825331ba217e7ab5", version=1, product_id=product.id, **stamp)
    )
