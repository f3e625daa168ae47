"""Installers and dependency packages: nobody is told of anything (server.md 1.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import admin_of, body_of, studio_of
from ayon_proxy.demo.catalogue import Package, StoredFile
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.studio import Studio


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two kinds of package, and where the studio keeps them."""

    title: str
    upload_refusal: str
    delete_refusal: str
    path: str
    packages: Callable[[Studio], dict[str, Package]]

    async def create(self, request: Request) -> Response:
        """POST a manifest: the file follows by PUT."""
        admin_of(request)
        packages, sent = self.packages(studio_of(request)), await body_of(request)
        name = sent["filename"]
        force = request.query_params.get("force", "").lower() in {"true", "1"}
        if name in packages and not force:
            raise AyonError(409, f"{self.title} {name} already exists")
        packages[name] = Package(filename=name, manifest={"sources": [], **sent})
        return json_answer({"eventId": None}, 201)

    async def upload(self, request: Request) -> Response:
        """PUT the file; size and checksum of the manifest are not looked at."""
        admin_of(request, self.upload_refusal)
        studio, package = studio_of(request), self._asked(request)
        package.file = StoredFile(
            filename=package.filename,
            content=await request.body(),
            modified_at=studio.clock(),
            content_type=guess_type(package.filename)[0] or "application/octet-stream",
        )
        return no_content()

    async def change(self, request: Request) -> Response:
        """PATCH the sources."""
        admin_of(request)
        package = self._asked(request)
        sent = await body_of(request)
        if "sources" in sent and package.file is not None:
            sent["sources"] = _with_server(sent["sources"])
        package.manifest = {**package.manifest, **sent}
        return no_content()

    async def delete(self, request: Request) -> Response:
        """DELETE manifest and file."""
        admin_of(request, self.delete_refusal)
        del self.packages(studio_of(request))[self._asked(request).filename]
        return no_content()

    def _asked(self, request: Request) -> Package:
        name = request.path_params["filename"]
        package = self.packages(studio_of(request)).get(name)
        if package is None:
            raise AyonError(404, f"{self.title} {name} not found")
        return package

    def routes(self) -> list[Route]:
        """The four routes."""
        one = f"{self.path}/{{filename}}"
        return [
            route("POST", self.path, self.create),
            route("PUT", one, self.upload),
            route("PATCH", one, self.change),
            route("DELETE", one, self.delete),
        ]


def _with_server(sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The server, which has the file, comes first."""
    return [{"type": "server"}, *(each for each in sources if each["type"] != "server")]


_DESKTOP = "/api/desktop"
_KINDS = (
    _Kind(
        "Dependency package",
        "Only admins can upload dependency packages.",
        "Only admins can delete dependency packages",
        f"{_DESKTOP}/dependencyPackages",
        lambda studio: studio.dependency_packages,
    ),
    _Kind(
        "Installer",
        "Only admins can upload installers",
        "Only admins can delete installers",
        f"{_DESKTOP}/installers",
        lambda studio: studio.installers,
    ),
)
routes: list[Route] = [each for kind in _KINDS for each in kind.routes()]
