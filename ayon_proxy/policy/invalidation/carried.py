"""TABLE: which reads carry which tags: the other half of the invalidation table.

An answer carries the tags of every row that is true of it, and those that are always carried. Rows
are about what is asked (arguments) and what is shown (fields and the answer): an empty answer
carries the tags of what was asked, which is how a new item appears. Placeholders:

    {asked}    ids in the question      {shown}   ids in the answer, of every entity and nested one
    {parent}   parents in the question (the project for `root`)
    {type}     the type that is listed or shown; {project} the project; {list} an entity list
"""

from __future__ import annotations

from dataclasses import dataclass

ALWAYS_OF_A_PROJECT = ("everything", "answers", "project:{project}", "answers:{project}")
ALWAYS_OF_THE_STUDIO = ("everything", "answers", "studio")
"""Files carry neither `answers` nor `answers:{project}`: an id never stands for other bytes."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One row: what is true of a read, and the tags it therefore carries."""

    tags: tuple[str, ...]
    because: str


OF_PROJECTS = {
    "shows entities": Carried(
        ("entity:{shown}", "cascade:{project}:{type}"),
        "any field of them may change; an entity above may be deleted",
    ),
    "shows an entity without its id": Carried(
        ("type:{project}:{type}", "cascade:{project}:{type}"),
        "which one it is cannot be told from the answer",
    ),
    "asked by id": Carried(
        ("entity:{asked}", "cascade:{project}:{type}"),
        "one that is not there may appear",
    ),
    "lists under a parent": Carried(
        ("members:{type}:{parent}", "listed:{project}:{type}", "cascade:{project}:{type}"),
        "folders by parentIds, tasks and products by folderIds, versions by productIds, "
        "representations by versionIds, workfiles by taskIds: the parent that events name; "
        "writes do not always tell it",
    ),
    "lists under a parent, filtered or sorted": Carried(
        ("fields:{type}:{parent}", "filtered:{project}:{type}"),
        "any field may decide; latestOnly, heroOnly and the like are filters",
    ),
    "lists without a parent": Carried(
        ("type:{project}:{type}", "cascade:{project}:{type}"),
        "whole projects, counts, groupings, tags in use, kanban, hierarchy, versions by taskIds; "
        "and the type that a filter looks into: tasks for folders by assignees",
    ),
    "asked by path, found": Carried(
        ("entity:{shown}", "paths:{project}", "cascade:{project}:{type}"),
        "not the whole type: the farm asks for folders by path",
    ),
    "asked by path, not found": Carried(
        ("type:{project}:{type}", "paths:{project}"),
        "it may appear anywhere",
    ),
    "shows what other types move": Carried(
        ("derived:{project}:{type}",),
        "DERIVED_FIELDS; images of thumbnails",
    ),
    "shows attributes": Carried(("schema",), "their names and defaults are upstream's"),
    "shows attributes of folders or tasks": Carried(
        ("inherited:{project}", "schema"),
        "from the folders above and the project",
    ),
    "shows or matches paths": Carried(("paths:{project}",), "PATH_FIELDS; uris, resolve"),
    "is limited by folder rules": Carried(
        ("paths:{project}",), "a renamed folder can give access or take it away"
    ),
    "is limited by `assigned` rules": Carried(
        ("assignments:{project}", "paths:{project}"),
        "so can an assignment",
    ),
    "shows names of statuses or types": Carried(
        ("vocabulary:{project}",), "renaming one changes all entities (VOCABULARY_FIELDS)"
    ),
    "shows links of entities": Carried(
        ("links:{shown}", "links:{asked}", "entity:{shown}", "cascade:{project}:link"),
        "those at the other end are shown, too; deleting one end deletes the link",
    ),
    "lists links, or filters by them": Carried(
        ("type:{project}:link", "cascade:{project}:link"),
        "links of a project, hasLinks, link types",
    ),
    "shows activities of entities": Carried(
        ("activities:{asked}", "activities:{shown}", "cascade:{project}:activity"),
        "activities by entityIds, latestComments, reviewables and watchers of an entity",
    ),
    "lists activities": Carried(
        ("type:{project}:activity", "cascade:{project}:activity"),
        "activities of a project; reviewables of a folder, task or product",
    ),
    "lists link types": Carried(
        ("cascade:{project}:link", "projects"), "which links there are does not matter"
    ),
    "shows an entity list": Carried(
        ("list:{list}", "cascade:{project}:list"), "one list, its items and its attributes"
    ),
    "lists entity lists": Carried(
        ("type:{project}:list", "cascade:{project}:list"), "entityLists, entityListFolders"
    ),
    "is the image of a thumbnail": Carried(
        (
            "entity:{asked}",
            "cascade:{project}:{type}",
            "cascade:{project}:thumbnail",
            "paths:{project}",
        ),
        "the entity's own, else it is not given as fresh (policy.thumbnails): events name the "
        "entity; access by path (server.md 1.6)",
    ),
    "is a thumbnail by its own id": Carried(
        ("type:{project}:thumbnail", "cascade:{project}:thumbnail"),
        "events name entities, not thumbnails",
    ),
    "shows the project itself": Carried(
        ("projects", "vocabulary:{project}", "schema"),
        "anatomy, statuses, types, roots, attributes",
    ),
}

OF_UNKNOWN_REACH = {
    "may show anything of a project": Carried(
        ("any:{project}",), "fields and arguments that no table knows; events counted by day"
    ),
    "may show anything": Carried(("any",), "the same where no project can be told"),
}

OF_THE_STUDIO = {
    "projects": Carried(
        ("projects", "users"), "the list of projects, pinned ones, folders of them"
    ),
    "users": Carried(("users",), "users, access groups, permissions, teams, guests"),
    "settings": Carried(
        ("settings", "bundles", "addons", "projects"),
        "values and overrides; each login touches `users`, and every process asks for these",
    ),
    "settings forms": Carried(
        ("settings", "bundles", "addons", "attributes", "anatomy", "projects", "users"),
        "a form offers values from all over the studio",
    ),
    "bundles": Carried(("bundles", "addons", "settings"), "bundles; those of a project, too"),
    "addons": Carried(("addons", "bundles", "settings", "restart"), "addons and their files"),
    "attributes": Carried(("attributes", "schema"), "attribute definitions"),
    "anatomy": Carried(("anatomy",), "anatomy presets"),
    "packages": Carried(("packages",), "dependency packages"),
    "installers": Carried(("installers",), "installers"),
    "sites": Carried(("sites", "projects"), "sites, roots of a site"),
    "services": Carried(("services",), "services and their hosts"),
    "views": Carried(("views", "projects"), "saved views"),
    "static": Carried(("static",), "the web client and its customisation"),
    "restart": Carried(("restart",), "whether a restart is required"),
    "product types": Carried(("product_types",), "those of all projects"),
    "inbox": Carried(("inbox",), "somebody's inbox"),
}

PARENTS = {
    "folders": ("folder", "parentIds"),
    "tasks": ("task", "folderIds"),
    "products": ("product", "folderIds"),
    "versions": ("version", "productIds"),
    "representations": ("representation", "versionIds"),
    "workfiles": ("workfile", "taskIds"),
}
"""GraphQL connection → the type it lists and the argument that names the parent of its events."""

DERIVED_FIELDS = {
    "folder": frozenset(
        {
            "childCount",
            "hasChildren",
            "hasProducts",
            "hasReviewables",
            "hasTasks",
            "hasVersions",
            "productCount",
            "taskCount",
            "taskNames",
            "thumbnail",
            "thumbnailHash",
            "totalFolderCount",
            "totalProductCount",
            "totalTaskCount",
            "totalVersionCount",
        }
    ),
    "task": frozenset({"hasReviewables", "thumbnail", "thumbnailHash", "updatedAt"}),
    "product": frozenset({"featuredVersion", "hasReviewables", "latestVersion", "versionList"}),
    "version": frozenset(
        {
            "featuredVersionType",
            "hasReviewables",
            "heroVersionId",
            "isLatest",
            "isLatestDone",
            "thumbnail",
            "thumbnailHash",
        }
    ),
}
"""By type: the fields that other types move (server.md 1.5). `updatedAt` moves without the entity's
own event only for tasks: whatever else moves one names the entity (comments, thumbnails)."""

PATH_FIELDS = frozenset({"Parents", "parents", "path"})
INHERITED_FIELDS = frozenset({"allAttrib", "attrib", "ownAttrib"})
VOCABULARY_FIELDS = frozenset({"folderType", "productBaseType", "status", "tags", "taskType"})
"""Fields that show what is named in the rows above."""
