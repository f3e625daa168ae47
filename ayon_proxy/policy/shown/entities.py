"""TABLE: nodes of folders, tasks, products, versions, representations and workfiles."""

from __future__ import annotations

from collections.abc import Mapping

from ayon_proxy.policy.shown import arguments
from ayon_proxy.policy.shown.node_type import Arguments, Lead, Type, entity

_ACTIVITIES = "shows activities of entities"
_ATTRIBUTES = ("shows attributes",)
_INHERITED = ("shows attributes of folders or tasks",)
_DERIVED = ("shows what other types move",)

_EVERYWHERE = {
    "links": Lead("LinksConnection", ("shows links of entities",), arguments.NODE_LINKS),
    "activities": Lead("ActivitiesConnection", (_ACTIVITIES,), arguments.NODE_ACTIVITIES),
}
_COMMENTS = {"latestComments": Lead("EntityComment", (_ACTIVITIES,))}
_THUMBNAIL = Lead("ThumbnailInfo", _DERIVED)
_FOLDER = Lead("FolderNode", known_by="folderId")
_IN_FOLDER = {"folder": _FOLDER, "Folder": _FOLDER}


def _below(connection: str, lists: str, given: Arguments) -> Lead:
    """A list whose parent, as events name it, is the node it stands at."""
    return Lead(connection, arguments=given, lists=lists, below=True)


ENTITIES: Mapping[str, Type] = {
    "FolderNode": entity(
        "folder",
        "label folderType type parentId thumbnailId ownAttrib",
        {
            **_EVERYWHERE,
            **_COMMENTS,
            "attrib": Lead("", _INHERITED),
            "thumbnail": _THUMBNAIL,
            "parent": Lead("FolderNode", known_by="parentId"),
            "products": _below("ProductsConnection", "product", arguments.PRODUCTS),
            "tasks": _below("TasksConnection", "task", arguments.TASKS),
        },
    ),
    "TaskNode": entity(
        "task",
        "label taskType type thumbnailId assignees folderId ownAttrib",
        {
            **_EVERYWHERE,
            **_COMMENTS,
            **_IN_FOLDER,
            "attrib": Lead("", _INHERITED),
            "thumbnail": _THUMBNAIL,
            "subtasks": Lead("SubTaskNode"),  # stands in `data`
            # Events of versions name the product.
            "versions": Lead("VersionsConnection", arguments=arguments.VERSIONS, lists="version"),
            "workfiles": _below("WorkfilesConnection", "workfile", arguments.WORKFILES),
        },
    ),
    "ProductNode": entity(
        "product",
        "folderId productType productBaseType type",
        {
            **_EVERYWHERE,
            **_IN_FOLDER,
            "attrib": Lead("", _ATTRIBUTES),
            "versions": _below("VersionsConnection", "version", arguments.VERSIONS),
            "versionList": Lead("VersionListItem", _DERIVED),
            "latestVersion": Lead("VersionNode", _DERIVED),
            "featuredVersion": Lead(
                "VersionNode",
                (*_DERIVED, "shows names of statuses or types"),  # `done` is a state of statuses
                {"order": arguments.PAGING["first"]},
            ),
        },
    ),
    "VersionNode": entity(
        "version",
        "version productId taskId thumbnailId author",
        {
            **_EVERYWHERE,
            **_COMMENTS,
            "attrib": Lead("", _ATTRIBUTES),
            "thumbnail": _THUMBNAIL,
            "product": Lead("ProductNode", known_by="productId"),
            "task": Lead("TaskNode", known_by="taskId"),
            "representations": _below(
                "RepresentationsConnection", "representation", arguments.REPRESENTATIONS
            ),
        },
    ),
    "RepresentationNode": entity(
        "representation",
        "versionId traits context fileCount",  # files and traits: found by the scan (1.4)
        {
            **_EVERYWHERE,
            "attrib": Lead("", _ATTRIBUTES),
            "files": Lead("FileNode"),
            "version": Lead("VersionNode", known_by="versionId"),
        },
    ),
    "WorkfileNode": entity(
        "workfile",
        "taskId thumbnailId thumbnailHash Parents",
        {
            **_EVERYWHERE,
            "attrib": Lead("", _ATTRIBUTES),
            "thumbnail": Lead("ThumbnailInfo"),
            "task": Lead("TaskNode", known_by="taskId"),
        },
    ),
}
