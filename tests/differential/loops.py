"""What a loader and a farm job ask about one folder, in order (upstream/clients.md 7).

GraphQL questions are the client library's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.clients.calls.call import call
from tests.differential.library_questions import LibraryQuestions
from tests.differential.reads import Read, question
from tests.differential.world import Entity, World

BUNDLE = "prod-2609"
SITE = "site-of-tests"


@dataclass(frozen=True, slots=True)
class Loops:
    """Questions about the folders of a world, as it is now."""

    world: World
    library: LibraryQuestions

    def loader(self, folder: Entity) -> Iterator[Read]:
        """Open the loader, choose project, folder and version, look at it, load it."""
        p = self.world.project
        products = [each for each in self.world.entities["product"] if _in(folder, each)]
        versions = [each for each in self.world.entities["version"] if _of(products, each)]
        shown = sorted(versions, key=lambda each: not each["thumbnailId"])[:3]
        ids = {"product_ids": [each["id"] for each in products]}
        yield from self._paths("loader", "/api/bundles", f"/api/settings?bundle_name={BUNDLE}")
        yield self._path("loader", f"/api/settings?summary=true&bundle_name={BUNDLE}")
        yield self._ask("loader: projects", "get_projects", fields={"name", "active", "library"})
        yield self._path("loader", "/api/users/me")
        root = self.world.root
        yield from self._paths("loader", f"{root}/hierarchy", root)
        yield self._ask("loader: project", "get_project", p, fields={"name", "productTypes.name"})
        yield self._path("loader", f"{root}/tags")
        yield self._ask("loader: products", "get_products", p, folder_ids=[folder["id"]])
        yield self._ask("loader: versions", "get_versions", p, **ids)
        yield self._ask("loader: tasks", "get_tasks", p, folder_ids=[folder["id"]])
        if not shown:
            return
        chosen = [each["id"] for each in shown]
        yield self._ask("loader: representations", "get_representations", p, version_ids=chosen)
        yield self._ask("loader: versions by id", "get_versions", p, version_ids=chosen)
        yield self._ask("loader: products by id", "get_products", p, **ids)
        thumbnails = {"id", "thumbnailId"}
        yield self._ask(
            "loader: thumbnail ids", "get_versions", p, version_ids=chosen, fields=thumbnails
        )
        for each in (each for each in shown if each["thumbnailId"]):
            yield Read("loader: thumbnails", f"{root}/versions/{each['id']}/thumbnail")
        files = [each for each in self.world.entities["representation"] if _of_version(shown, each)]
        loaded = [each["id"] for each in files[:1]]
        if loaded:
            yield self._ask(
                "loader: representation", "get_representations", p, representation_ids=loaded
            )
            yield self._path("loader", root)
            yield self._ask("loader: parents", "get_representations_parents", p, loaded)

    def farm(self, folder: Entity) -> Iterator[Read]:
        """A job of a render farm: the launcher starts, environments are extracted, a publish is
        collected."""
        p, root = self.world.project, self.world.root
        yield self._path("farm: start", "/api/info")
        for _ in range(2):
            yield from self._paths("farm: start", "/", "/api/info", "/api/users/me")
        yield self._path("farm: start", "/api/bundles")
        yield from self._paths("farm: start", f"/api/settings?bundle_name={BUNDLE}")
        yield from self._paths("farm: start", "/api/addons?details=1")
        yield from self._paths("farm: start", "/api/desktop/dependencyPackages")
        settings = f"/api/settings?bundle_name={BUNDLE}&variant=production&site_id={SITE}"
        yield from self._paths("farm: start", settings, "/api/bundles")
        yield from self._paths("farm: start", f"/api/settings?summary=true&bundle_name={BUNDLE}")
        yield self._path("farm: job", f"{settings}&project_name={p}")
        yield from self._paths("farm: job", root, "/api/attributes")
        tasks = [each for each in self.world.entities["task"] if _in(folder, each)]
        names = [each["name"] for each in tasks[:1]]
        yield self._ask("farm: folder by path", "get_folders", p, folder_paths=[folder["path"]])
        yield self._ask(
            "farm: task by name", "get_tasks", p, task_names=names, folder_ids=[folder["id"]]
        )
        yield from self._paths("farm: job", "/api/users/me", f"{root}/roots", "/api/info")
        products = [each for each in self.world.entities["product"] if _in(folder, each)]
        yield self._ask("farm: products", "get_products", p, folder_ids=[folder["id"]])
        yield self._ask(
            "farm: latest versions (deciding)",
            "get_versions",
            p,
            product_ids=[each["id"] for each in products],
            latest=True,
        )
        versions = [each["id"] for each in self.world.entities["version"] if _of(products, each)]
        yield self._ask("farm: representations", "get_representations", p, version_ids=versions[:2])

    def _ask(self, kind: str, method: str, *args: Any, **kwargs: Any) -> Read:
        asked = self.library.question(call(method, *args, **kwargs))
        assert asked is not None, f"{method} asks nothing"
        return question(kind, *asked)

    def _path(self, kind: str, path: str) -> Read:
        name = path.partition("?")[0].replace(self.world.project, "…")
        return Read(f"{kind} {name}", path)

    def _paths(self, kind: str, *paths: str) -> Iterator[Read]:
        for path in paths:
            yield self._path(kind, path)


def _in(folder: Entity, entity: Entity) -> bool:
    return bool(entity["folderId"] == folder["id"])


def _of(products: list[Entity], version: Entity) -> bool:
    return version["productId"] in {each["id"] for each in products}


def _of_version(versions: list[Entity], representation: Entity) -> bool:
    return representation["versionId"] in {each["id"] for each in versions}
