"""TABLE: what is read by path: a row for each class of answers that the proxy stores."""

from __future__ import annotations

import json
from functools import partial

from tests.differential.reads import Read, ReadKind
from tests.differential.world import TYPES, NothingThere, World

PROJECT_PATHS = (
    *("", "/anatomy", "/folders", "/folders?attrib=true", "/hierarchy", "/productTypes"),
    *("/stats", "/tags", "/links/types", "/activityCategories", "/entityListFolders"),
    *("/teams?show_members=true", "/users", "/roots", "/bundle", "/thumbnail"),
    *("/grouping/task/status", "/grouping/version/status", "/grouping/task/assignees"),
    *("/grouping/folder/folderType", "/dashboard/entities", "/hierarchy?search=sh"),
)
STUDIO_PATHS = (
    *("/api/projects", "/api/bundles", "/api/addons", "/api/settings", "/api/attributes"),
    *("/api/settings?variant=staging", "/api/settings?summary=true", "/api/projects?active=true"),
    *("/api/settings?site_id=site-of-tests", "/api/anatomy/presets", "/api/projectFolders"),
    *("/api/users/me", "/api/users/artist", "/api/accessGroups/_", "/api/enum/users"),
    *("/api/desktop/installers", "/api/desktop/dependencyPackages", "/api/system/sites"),
)


def _entity(world: World, entity_type: str) -> Read:
    entity = world.some(entity_type)
    path = f"{world.root}/{entity_type}s/{entity['id']}"
    return Read(f"{entity_type} by id", path)


def _thumbnail(world: World, entity_type: str) -> Read:
    entity = world.some(entity_type)
    path = f"{world.root}/{entity_type}s/{entity['id']}/thumbnail"
    return Read("thumbnails", path)


def _reviewables(world: World) -> Read:
    kind = world.random.choice(("version", "product", "folder", "task"))
    entity = world.some(kind)
    path = f"{world.root}/{kind}s/{entity['id']}/reviewables"
    return Read("reviewables", path)


def _watchers(world: World) -> Read:
    kind = world.random.choice(("folder", "task", "version"))
    entity = world.some(kind)
    path = f"{world.root}/{kind}s/{entity['id']}/watchers"
    return Read("watchers", path)


def _list(world: World) -> Read:
    made = world.one_made("list")
    end = world.random.choice(("", "?metadata_only=true", "/entities", "/attributes"))
    return Read("lists", f"{world.root}/lists/{made}{end}")


def _of_project(world: World) -> Read:
    return Read("project", world.root + world.random.choice(PROJECT_PATHS))


def _of_studio(world: World) -> Read:
    return Read("studio", world.random.choice(STUDIO_PATHS))


def _settings(world: World) -> Read:
    if world.addon is None:
        raise NothingThere
    name, version = world.addon
    of = world.random.choice(("settings", "overrides", "rawOverrides", "schema"))
    end = world.random.choice(("", f"/{world.project}"))
    return Read("settings", f"/api/addons/{name}/{version}/{of}{end}")


def _resolve(world: World) -> Read:
    """URIs of folders, tasks and products; of what is there and what is not."""
    uris = []
    for _ in range(world.random.randint(1, 3)):
        folder, task, product = (world.some(each) for each in ("folder", "task", "product"))
        uri = f"ayon+entity://{world.project}{folder['path']}"
        wanted = world.random.choice(
            ("", f"?task={task['name']}", f"?product={product['name']}&version=latest")
        )
        uris.append(uri + wanted)
    return Read("resolve", "/api/resolve", json.dumps({"uris": uris}))


KINDS = (
    *(ReadKind(f"{each} by id", partial(_entity, entity_type=each), 4) for each in TYPES),
    *(
        ReadKind(f"thumbnail of a {each}", partial(_thumbnail, entity_type=each))
        for each in ("folder", "task", "version")
    ),
    ReadKind("reviewables", _reviewables),
    ReadKind("watchers", _watchers, 1),
    ReadKind("lists", _list, 3),
    ReadKind("of the project", _of_project, 10),
    ReadKind("of the studio", _of_studio, 6),
    ReadKind("settings", _settings, 2),
    ReadKind("resolve", _resolve, 4),
)
