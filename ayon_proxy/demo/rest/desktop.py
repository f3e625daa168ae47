"""What launchers download: installers and dependency packages, their lists and files."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.asking import caller_of, studio_of
from ayon_proxy.demo.catalogue import Package
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.ranges import FileAnswer
from ayon_proxy.demo.rest.bundles import bundle_of
from ayon_proxy.demo.rest.joining import joining
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio


def manifest_view(package: Package) -> dict[str, Any]:
    """A package of a list; the server is a source once it has the file."""
    sources = package.manifest.get("sources", [])
    if package.file is not None and not any(each["type"] == "server" for each in sources):
        sources = [{"type": "server"}, *sources]
    return {**package.manifest, "sources": sources}


def dependency_packages(request: Request) -> dict[str, Any]:
    """`GET /api/desktop/dependencyPackages`."""
    caller_of(request)
    packages = studio_of(request).dependency_packages.values()
    return {"packages": [manifest_view(each) for each in packages]}


def installers(request: Request) -> dict[str, Any]:
    """`GET /api/desktop/installers`, by version, platform, or the bundle of a variant.

    The newest version comes first.
    """
    caller_of(request)
    studio, query = studio_of(request), request.query_params
    wanted = {key: query[key] for key in ("version", "platform") if key in query}
    if "variant" in query:
        bundle = bundle_of(studio, query["variant"])
        wanted["version"] = (bundle.installer_version or "") if bundle else ""
    return {
        "installers": [
            manifest_view(each)
            for each in sorted(studio.installers.values(), key=_version, reverse=True)
            if all(each.manifest.get(key) == value for key, value in wanted.items())
        ]
    }


def _version(package: Package) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", str(package.manifest.get("version", "")))]


def _download(packages: Callable[[Studio], dict[str, Package]]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        caller_of(request)
        package = packages(studio_of(request)).get(request.path_params["filename"])
        if package is None or package.file is None:
            raise AyonError(404, "File not found")
        name = package.filename
        return FileAnswer(
            package.file.content,
            content_type=package.file.content_type,
            modified_at=package.file.modified_at,
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    return answer


routes: list[Route] = [
    get("/api/desktop/dependencyPackages", joining(dependency_packages)),
    get(
        "/api/desktop/dependencyPackages/{filename}",
        _download(lambda studio: studio.dependency_packages),
    ),
    get("/api/desktop/installers", installers),
    get("/api/desktop/installers/{filename}", _download(lambda studio: studio.installers)),
]
