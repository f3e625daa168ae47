"""TABLE: files: packages, installers, addon files, files of projects."""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import FILE, PICTURE, STUDIO_CONFIG
from ayon_proxy.policy.routes.carrying import carries
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.routes.rows import file, passed, picture, stored, write

ROUTES = (
    # Dependency packages. POST writes the record only; the file comes later, by PUT or from a URL.
    stored(
        "/api/desktop/dependencyPackages",
        STUDIO_CONFIG,
        *carries("packages"),
        share=Share.SIGNED_IN,
    ),
    file(
        "/api/desktop/dependencyPackages/{filename}",
        "package:{filename}",
        listed_in="/api/desktop/dependencyPackages",
        share=Share.SIGNED_IN,
    ),
    write("POST", "/api/desktop/dependencyPackages"),
    write("PUT PATCH DELETE", "/api/desktop/dependencyPackages/{filename}"),
    # Installers. `?variant=` asks for the one of a bundle.
    stored(
        "/api/desktop/installers",
        STUDIO_CONFIG,
        *carries("installers", "bundles"),
        share=Share.SIGNED_IN,
    ),
    file(
        "/api/desktop/installers/{filename}",
        "installer:{filename}",
        listed_in="/api/desktop/installers",
        share=Share.SIGNED_IN,
    ),
    write("POST", "/api/desktop/installers"),
    write("PUT PATCH DELETE", "/api/desktop/installers/{filename}"),
    # Files of addons; `private` ones need a login
    file(
        "/addons/{addon_name}/{addon_version}/private/{rest:path}", "addons", share=Share.SIGNED_IN
    ),
    file(
        "/addons/{addon_name}/{addon_version}/public/{rest:path}", "addons", share=Share.SIGNED_IN
    ),
    file(
        "/addons/{addon_name}/{addon_version}/frontend/{rest:path}", "addons", share=Share.SIGNED_IN
    ),
    # Files of a project: uploads and reviewables
    file(
        "/api/projects/{project}/files/{file_id}",
        "file:{file_id}",
        follow_redirects=True,
        named_by_id=True,
        share=Share.PROJECT,
    ),
    file(
        "/api/projects/{project}/files/{file_id}/payload",
        "file:{file_id}",
        follow_redirects=True,
        named_by_id=True,
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/files/{file_id}/info", FILE, "file:{file_id}", share=Share.PROJECT
    ),
    picture(
        "/api/projects/{project}/files/{file_id}/thumbnail",
        "file:{file_id}",
        lifetimes=PICTURE,
        share=Share.PROJECT,
    ),
    passed(
        "GET",
        "/api/projects/{project}/files/{file_id}/still",
        "a frame of a video, made for the asking: any number of them",
    ),
    write("POST", "/api/projects/{project}/files"),
    write("DELETE", "/api/projects/{project}/files/{file_id}"),
)
