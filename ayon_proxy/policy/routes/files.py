"""TABLE: files: packages, installers, addon files, files of projects."""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import FILE, PICTURE, STUDIO_CONFIG
from ayon_proxy.policy.routes.carrying import carries
from ayon_proxy.policy.routes.rows import file, passed, picture, stored, write

ROUTES = (
    # Dependency packages. POST writes the record only; the file comes later, by PUT or from a URL.
    stored("/api/desktop/dependencyPackages", STUDIO_CONFIG, *carries("packages")),
    file(
        "/api/desktop/dependencyPackages/{filename}",
        "package:{filename}",
        listed_in="/api/desktop/dependencyPackages",
    ),
    write("POST", "/api/desktop/dependencyPackages"),
    write("PUT PATCH DELETE", "/api/desktop/dependencyPackages/{filename}"),
    # Installers. `?variant=` asks for the one of a bundle.
    stored("/api/desktop/installers", STUDIO_CONFIG, *carries("installers", "bundles")),
    file(
        "/api/desktop/installers/{filename}",
        "installer:{filename}",
        listed_in="/api/desktop/installers",
    ),
    write("POST", "/api/desktop/installers"),
    write("PUT PATCH DELETE", "/api/desktop/installers/{filename}"),
    # Files of addons; `private` ones need a login
    file("/addons/{addon_name}/{addon_version}/private/{rest:path}", "addons"),
    file("/addons/{addon_name}/{addon_version}/public/{rest:path}", "addons"),
    file("/addons/{addon_name}/{addon_version}/frontend/{rest:path}", "addons"),
    # Files of a project: uploads and reviewables
    file(
        "/api/projects/{project}/files/{file_id}",
        "file:{file_id}",
        follow_redirects=True,
        named_by_id=True,
    ),
    file(
        "/api/projects/{project}/files/{file_id}/payload",
        "file:{file_id}",
        follow_redirects=True,
        named_by_id=True,
    ),
    stored("/api/projects/{project}/files/{file_id}/info", FILE, "file:{file_id}"),
    picture(
        "/api/projects/{project}/files/{file_id}/thumbnail", "file:{file_id}", lifetimes=PICTURE
    ),
    passed(
        "GET",
        "/api/projects/{project}/files/{file_id}/still",
        "a frame of a video, made for the asking: any number of them",
    ),
    write("POST", "/api/projects/{project}/files"),
    write("DELETE", "/api/projects/{project}/files/{file_id}"),
)
