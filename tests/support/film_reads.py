"""TABLE: questions about a film, by name: what clients ask, in REST and in GraphQL.

`<name>` stands for what `film_copies.place_names` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple


class Asked(NamedTuple):
    """A question, its places not yet filled."""

    path: str
    query: str | None = None
    """Of a POST to /graphql."""
    body: str | None = None
    """Of a POST elsewhere."""
    reader: str = "service"
    hits: bool = True
    """Whether the proxy gives it from its store; deciding questions are asked every time."""


_P = "/api/projects/<p>"


def rest(path: str, reader: str = "service") -> Asked:
    """A GET below the project."""
    return Asked(_P + path, reader=reader)


def asked(fields: str, reader: str = "service", *, hits: bool = True) -> Asked:
    """Fields of the project."""
    query = f'query Asked {{ project(name: "<p>") {{ {fields} }} }}'
    return Asked("/graphql", query=query, reader=reader, hits=hits)


def nodes(connection: str, fields: str, reader: str = "service", *, hits: bool = True) -> Asked:
    """Nodes of one connection."""
    return asked(f"{connection} {{ edges {{ node {{ {fields} }} }} }}", reader, hits=hits)


_BUNDLE = "bundle_name=prod-2609"
_SHOT = "ayon+entity://<p>/shots/sq010/sh010"
_TREE = "folder { name path }"
_FEED = (
    "activityId activityType body entityId activityData referenceType updatedAt "
    "reactions { userName }"
)

READS: Mapping[str, Asked] = {
    # The project and what it consists of
    "project": rest(""),
    "projects": Asked("/api/projects"),
    "anatomy": rest("/anatomy"),
    "link types": rest("/links/types"),
    "product types": rest("/productTypes"),
    "tags": rest("/tags"),
    "stats": rest("/stats"),
    "roots": rest("/roots"),
    "roots of a site": rest("/siteRoots?platform=linux&site_id=site-1"),
    "project users": rest("/users"),
    "teams": rest("/teams?show_members=true"),
    "project bundle": rest("/bundle"),
    "project thumbnail": rest("/thumbnail"),
    "project folders": Asked("/api/projectFolders"),
    "g project": asked(
        "name code label data config attrib { fps frameStart } statuses {name state} "
        "taskTypes {name} folderTypes {name} linkTypes {name color} usedTags"
    ),
    "g projects": Asked(
        "/graphql",
        query='{ projects(name: "<p>") { edges { node { name label active code library '
        "projectFolder } } } }",
    ),
    "g project thumbnail": asked("thumbnail { id }"),
    # Folders
    "folders": rest("/folders"),
    "folders with attrib": rest("/folders?attrib=true"),
    "hierarchy": rest("/hierarchy"),
    "folder": rest("/folders/<shot>"),
    "sequence": rest("/folders/<sequence>"),
    "root folder": rest("/folders/<root>"),
    "characters": rest("/folders/<characters>"),
    "asset": rest("/folders/<fox>"),
    "g folders below": nodes('folders(parentIds: ["<sequence>"])', "id name path parents status"),
    "g folders at the top": nodes('folders(parentIds: ["root"])', "id name path hasChildren"),
    "g folder by path": nodes('folders(paths: ["/shots/sq010/sh010"])', "id name path"),
    "g asset by path": nodes('folders(paths: ["/assets/characters/fox"])', "id name path"),
    "g folder attributes": nodes(
        'folders(ids: ["<shot>", "<sequence>"])', "id allAttrib ownAttrib attrib { fps frameEnd }"
    ),
    "g asset attributes": nodes('folders(ids: ["<fox>"])', "id allAttrib attrib { fps }"),
    "g folder counts": nodes(
        'folders(ids: ["<shot>", "<other>", "<sequence>", "<props>"])',
        "id hasChildren hasProducts hasTasks hasVersions childCount taskCount productCount "
        "totalTaskCount totalVersionCount",
    ),
    "g folder flags": nodes(
        'folders(ids: ["<props>"])', "id hasChildren hasProducts hasTasks hasVersions"
    ),
    "g folders with tasks": nodes("folders(hasTasks: true)", "id name"),
    "g folders with products": nodes("folders(hasProducts: true)", "id name"),
    "g folders with children": nodes("folders(hasChildren: true)", "id name"),
    "g folder status": nodes('folders(ids: ["<shot>"])', "id status folderType tags label"),
    "g folders of a status": nodes('folders(statuses: ["In progress"])', "id name"),
    "g folder thumbnails": nodes(
        'folders(ids: ["<shot>"])', "thumbnailId thumbnailHash updatedAt thumbnail { id }"
    ),
    "g nested": nodes(
        'folders(ids: ["<shot>"])',
        "id name tasks { edges { node { id name status } } } "
        "products { edges { node { id name versions { edges { node { id version } } } } } }",
    ),
    # Tasks
    "task": rest("/tasks/<compositing>"),
    "animation": rest("/tasks/<animation>"),
    "g tasks": nodes('tasks(folderIds: ["<shot>"])', "id name status taskType assignees label"),
    "g task paths": nodes('tasks(folderIds: ["<shot>"])', "id path parents " + _TREE),
    "g task attributes": nodes('tasks(ids: ["<compositing>"])', "id allAttrib attrib { fps }"),
    "g task updated": nodes('tasks(ids: ["<compositing>"])', "id updatedAt hasReviewables"),
    "g task thumbnails": nodes(
        'tasks(ids: ["<compositing>"])', "thumbnailId thumbnailHash thumbnail { id }"
    ),
    "g tasks of a type": nodes('tasks(taskTypes: ["Animation"])', "id name"),
    "g tasks of the walker": nodes('tasks(assignees: ["walker"])', "id name assignees"),
    "g task versions": nodes(
        'tasks(ids: ["<compositing>"])',
        "id versions { edges { node { id "
        "version status } } } workfiles { edges { node { id path } } }",
    ),
    "g kanban": Asked(
        "/graphql",
        query='{ kanban(projects: ["<p>"]) { edges { node { id name '
        "status folderName assignees } } } }",
    ),
    # Products and versions
    "product": rest("/products/<render>"),
    "version": rest("/versions/<render_v002>"),
    "first version": rest("/versions/<render_v001>"),
    "hero version": rest("/versions/<render_HERO>"),
    "g products": nodes(
        'products(folderIds: ["<shot>"])', "id name productType productBaseType status path"
    ),
    "g product folders": nodes('products(folderIds: ["<shot>"])', "id " + _TREE),
    "g version list": nodes('products(folderIds: ["<shot>"])', "id versionList { id version }"),
    "g latest version": nodes(
        'products(folderIds: ["<shot>"])', "id latestVersion { id version status }", hits=False
    ),
    "g featured version": nodes('products(ids: ["<render>"])', "id featuredVersion { id version }"),
    "g featured done": nodes(
        'products(ids: ["<render>"])', 'id featuredVersion(order: ["latestDone"]) { id version }'
    ),
    "g featured done or latest": nodes(
        'products(ids: ["<render>"])',
        'id featuredVersion(order: ["latestDone", "latest"]) { version featuredVersionType }',
    ),
    "g featured latest": nodes(
        'products(ids: ["<render>"])', 'id featuredVersion(order: ["latest"]) { id version }'
    ),
    "g plate featured": nodes(
        'products(ids: ["<plate>"])',
        'id featuredVersion(order: ["hero", "latestDone"]) { version featuredVersionType }',
    ),
    "g featured only": nodes(
        'versions(productIds: ["<render>"], featuredOnly: ["latestDone", "latest"])', "id version"
    ),
    "g versions": nodes('versions(productIds: ["<render>"])', "id version status author taskId"),
    "g version flags": nodes(
        'versions(productIds: ["<render>"])',
        "id isLatest isLatestDone heroVersionId featuredVersionType",
    ),
    "g first version flags": nodes(
        'versions(ids: ["<render_v001>"])', "id isLatest isLatestDone heroVersionId"
    ),
    "g latest only": nodes(
        'versions(productIds: ["<render>"], latestOnly: true)', "id", hits=False
    ),
    "g hero only": nodes('versions(productIds: ["<render>"], heroOnly: true)', "id", hits=False),
    "g plate flags": nodes(
        'versions(ids: ["<plate_v001>", "<plate_v002>"])', "id isLatest heroVersionId"
    ),
    "g versions of the task": nodes(
        'versions(taskIds: ["<compositing>"])', "id version taskId task { name }"
    ),
    "g versions of another task": nodes('versions(taskIds: ["<layout>"])', "id version"),
    "g another task": nodes('tasks(ids: ["<layout>"])', "id versions { edges { node { id } } }"),
    "g versions of an author": nodes('versions(authors: ["walker"])', "id author"),
    "g version paths": nodes(
        'versions(ids: ["<render_v002>", "<plate_v002>"])',
        "id path parents product { name " + _TREE + " } task { name }",
    ),
    "g version thumbnails": nodes(
        'versions(ids: ["<render_v002>", "<plate_v002>"])', "id thumbnailId thumbnail { id }"
    ),
    # Representations and workfiles
    "representation": rest("/representations/<representation>"),
    "workfile": rest("/workfiles/<workfile>"),
    "g representations": nodes(
        'representations(versionIds: ["<render_v002>", "<render_v001>"])',
        "id name status files { name } traits",
    ),
    "g representation paths": nodes(
        'representations(ids: ["<representation>"])',
        "id path version { version product { name " + _TREE + " } }",
    ),
    "g workfiles": nodes('workfiles(taskIds: ["<animation>"])', "id path status"),
    "g workfile paths": nodes(
        'workfiles(ids: ["<workfile>"])', "id parents task { name folder { path } }"
    ),
    "g workfile thumbnails": nodes(
        'workfiles(ids: ["<workfile>"])', "id thumbnailId thumbnail { id }"
    ),
    # Pictures
    "folder thumbnail": rest("/folders/<shot>/thumbnail"),
    "other thumbnail": rest("/folders/<other>/thumbnail"),
    "task thumbnail": rest("/tasks/<compositing>/thumbnail")._replace(hits=False),
    "version thumbnail": rest("/versions/<render_v002>/thumbnail"),
    "thumbnail by id": rest("/thumbnails/<shot_thumbnail>"),
    # What people say
    "version reviewables": rest("/versions/<review_v002>/reviewables"),
    "product reviewables": rest("/products/<review>/reviewables"),
    "task reviewables": rest("/tasks/<compositing>/reviewables"),
    "folder reviewables": rest("/folders/<shot>/reviewables"),
    "version watchers": rest("/versions/<render_v002>/watchers"),
    "task watchers": rest("/tasks/<animation>/watchers"),
    "folder watchers": rest("/folders/<shot>/watchers"),
    "g activities of the version": nodes('activities(entityIds: ["<render_v002>"])', _FEED),
    "g activities of the folder": nodes('activities(entityIds: ["<shot>"])', _FEED),
    "g activities": nodes("activities(last: 100)", _FEED),
    "g comments": nodes(
        'versions(ids: ["<render_v002>"])',
        "id latestComments { body } activities { edges { node { activityId body } } }",
    ),
    "g reviewed": nodes(
        'versions(ids: ["<review_v002>", "<plate_v002>"])', "id hasReviewables thumbnail { id }"
    ),
    "g inbox": Asked(
        "/graphql",
        query="{ inbox { edges { node { activityId body read active } } } }",
        reader="artist",
        hits=False,
    ),
    "file": rest("/files/<file>/payload"),
    "loose file": rest("/files/<new7>/payload"),
    "loose file info": rest("/files/<new7>/info"),
    "file info": rest("/files/<file>/info"),
    # Links and lists
    "g links": nodes(
        'folders(ids: ["<shot>", "<fox>"])',
        "id links { edges { id entityId linkType direction node { name } } }",
    ),
    "g version links": nodes(
        'versions(ids: ["<render_v002>"])', "id links { edges { id entityId } }"
    ),
    "g project links": asked("links { edges { id inputId outputId linkType } }"),
    "g linked folders": nodes("folders(hasLinks: ANY)", "id"),
    "list": rest("/lists/<list>"),
    "list attributes": rest("/lists/<list>/attributes"),
    "list entities": rest("/lists/<list>/entities"),
    "list folders": rest("/entityListFolders"),
    "g lists": nodes("entityLists", "id label count active entityListFolderId tags"),
    "g list items": nodes(
        'entityLists(ids: ["<list>"])',
        "id count items { edges { id entityId position tags folderPath node { name } } }",
    ),
    # Everything together
    "tasks by status": rest("/grouping/task/status"),
    "tasks by assignee": rest("/grouping/task/assignees"),
    "versions by status": rest("/grouping/version/status"),
    "folders by type": rest("/grouping/folder/folderType"),
    "dashboard": rest("/dashboard/entities"),
    "resolve": Asked(
        "/api/resolve",
        body=json.dumps(
            {
                "uris": [
                    f"{_SHOT}?product=renderMain&version=latest&representation=exr",
                    "ayon+entity://<p>/assets/characters/fox",
                ]
            }
        ),
    ),
    # What rows make first: a box with a folder, its task and a workfile; nothing published below
    "new folder": rest("/folders/<new1>"),
    "inner folder": rest("/folders/<new2>"),
    "inner task": rest("/tasks/<new3>"),
    "g new folder": nodes(
        'folders(ids: ["<new1>"])',
        "id hasChildren hasProducts hasTasks hasVersions hasReviewables childCount taskCount "
        "productCount totalTaskCount totalProductCount totalVersionCount",
    ),
    "g new products": nodes('products(folderIds: ["<new1>"])', "id name path"),
    "g new representation": nodes('representations(ids: ["<new6>"])', "id name"),
    "g inner folder": nodes('folders(ids: ["<new2>"])', "id path parents parent { name }"),
    "g inner folders": nodes('folders(parentIds: ["<new1>"])', "id path"),
    "g inner by path": nodes('folders(paths: ["/shots/box/inner"])', "id path"),
    "g inner attributes": nodes('folders(ids: ["<new2>"])', "id allAttrib attrib { fps }"),
    "g inner tasks": nodes('tasks(folderIds: ["<new2>"])', "id path " + _TREE),
    "g inner workfiles": nodes(
        'workfiles(taskIds: ["<new3>"])', "id parents task { folder { path } }"
    ),
    "resolve inner": Asked(
        "/api/resolve", body=json.dumps({"uris": ["ayon+entity://<p>/shots/box/inner?task=sketch"]})
    ),
    "lit inner": rest("/folders/<new2>", "lighter"),
    # As somebody sees it who may not see everything
    "lit folders": rest("/folders", "lighter"),
    "lit folder": rest("/folders/<shot>", "lighter"),
    "g lit tasks": nodes("tasks", "id name", "lighter"),
    "artist folders": rest("/folders", "artist"),
    "artist folder": rest("/folders/<shot>", "artist"),
    "artist projects": Asked("/api/projects", reader="artist"),
    "artist me": Asked("/api/users/me", reader="artist"),
    "artist rights": Asked("/api/users/me/permissions/<p>", reader="artist"),
    # The studio
    "users": Asked(
        "/graphql",
        query="{ users { edges { node { name attrib { fullName } active isManager } } } }",
    ),
    "user": Asked("/api/users/idler"),
    "walker": Asked("/api/users/walker"),
    "leaver": Asked("/api/users/leaver"),
    "avatar": Asked("/api/users/idler/avatar"),
    "user names": Asked("/api/enum/users"),
    "access groups": Asked("/api/accessGroups/_"),
    "access groups of the project": Asked("/api/accessGroups/<p>"),
    "access group": Asked("/api/accessGroups/supervisor/_"),
    "bundles": Asked("/api/bundles"),
    "addons": Asked("/api/addons"),
    "settings": Asked(f"/api/settings?{_BUNDLE}"),
    "settings of production": Asked("/api/settings"),
    "settings of staging": Asked("/api/settings?variant=staging"),
    "settings of the project": Asked(f"/api/settings?project_name=<p>&{_BUNDLE}"),
    "settings of a site": Asked(f"/api/settings?site_id=site-1&{_BUNDLE}"),
    "addon settings": Asked("/api/addons/film_tools/1.0.0/settings"),
    "addon overrides": Asked("/api/addons/film_tools/1.0.0/overrides"),
    "raw overrides": Asked("/api/addons/film_tools/1.0.0/rawOverrides"),
    "addon settings of the project": Asked("/api/addons/film_tools/1.0.0/settings/<p>"),
    "site settings": Asked("/api/addons/film_tools/1.0.0/siteSettings?site_id=site-1"),
    "addon file": Asked("/addons/spare/1.0.0/private/client.zip"),
    "another addon file": Asked("/addons/spare/1.1.0/private/client.zip"),
    "own user": Asked("/api/users/u-<p>"),
    "own group": Asked("/api/accessGroups/g-<p>/_"),
    "own package": Asked("/api/desktop/dependencyPackages/<p>.zip"),
    "own installer": Asked("/api/desktop/installers/<p>.tar.gz"),
    "new project": Asked("/api/projects/<p>_new"),
    "attributes": Asked("/api/attributes"),
    "restart": Asked("/api/system/restartRequired"),
    "presets": Asked("/api/anatomy/presets"),
    "packages": Asked("/api/desktop/dependencyPackages"),
    "installers": Asked("/api/desktop/installers"),
    "sites": Asked("/api/system/sites"),
    "hosts": Asked("/api/hosts"),
    "views": Asked("/api/views/overview", hits=False),
    "default view": Asked("/api/views/overview/default", hits=False),
    "all product types": Asked("/graphql", query="{ productTypes { name } }"),
}
