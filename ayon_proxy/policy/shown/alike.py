"""TABLE: what looks the same to everybody who has the same permissions in a project.

A field that is not named here depends on who asks, those included that AYON gets tomorrow. What is
named depends, if on anybody, on the effective permissions of the project alone: on folder rules
and on the attributes that may be read (upstream/server.md 4.1, 4.2).

Not named, though the open server shows it to all alike, is what its closed builds decide for each
user (4.1): activities, comments, and entity lists.
"""

from __future__ import annotations

from collections.abc import Mapping

_NODE = (
    "__typename projectName id name active createdBy updatedBy createdAt updatedAt status tags "
    "data path parents attrib allAttrib links"
)
_CONNECTION = "__typename edges pageInfo fieldStats"
_EDGE = "__typename cursor node"
_LISTED = ("Project", "Folder", "Task", "Product", "Version", "Representation", "Workfile")

_ALIKE = {
    "ProjectNode": "__typename name projectName label code color projectFolder data config active "
    "library skeleton createdAt updatedAt attrib allAttrib usedTags thumbnail bundle statuses tags "
    "folderTypes taskTypes linkTypes productTypes productBaseTypes folder task product version "
    "representation workfile folders tasks products versions representations workfiles links",
    "FolderNode": f"{_NODE} label folderType type parentId parent thumbnailId thumbnailHash "
    "thumbnail ownAttrib childCount hasChildren hasProducts hasReviewables hasTasks hasVersions "
    "productCount taskCount totalFolderCount totalProductCount totalTaskCount "
    "totalVersionCount products tasks",
    "TaskNode": f"{_NODE} label taskType type thumbnailId thumbnailHash thumbnail assignees "
    "folderId folder Folder ownAttrib hasReviewables subtasks versions workfiles",
    "ProductNode": f"{_NODE} folderId folder Folder productType productBaseType type "
    "versions versionList latestVersion featuredVersion",
    "VersionNode": f"{_NODE} version productId product taskId task author thumbnailId "
    "thumbnailHash thumbnail heroVersionId isLatest isLatestDone featuredVersionType "
    "hasReviewables representations",
    "RepresentationNode": f"{_NODE} versionId version traits context fileCount files",
    "WorkfileNode": f"{_NODE} taskId task thumbnailId thumbnailHash thumbnail Parents",
    # An edge stays where its other end may not be seen; that is then null, by folder rules.
    "LinkEdge": "__typename id projectName entityType entityId name linkType direction description "
    "author cursor data node",
    "ProjectLinkEdge": "__typename id projectName linkType inputType outputType inputId outputId "
    "name author createdAt cursor data inputNode outputNode",
    **{f"{each}sConnection": _CONNECTION for each in _LISTED},
    **dict.fromkeys(("LinksConnection", "ProjectLinksConnection"), "__typename edges pageInfo"),
    **{f"{each}Edge": _EDGE for each in _LISTED},
    "PageInfo": "__typename hasNextPage hasPreviousPage startCursor endCursor columnMetadata",
    "ColumnStats": "__typename columnName valueFilledCount percentageFilled valueNotFilledCount "
    "percentageNotFilled checkedCount checkedPercentage notCheckedCount notCheckedPercentage avg "
    "min max sum count distribution",
    "FileNode": "__typename id name path hash size hashType",
    "FolderType": "__typename name icon shortName color",
    "LinkType": "__typename name linkType inputType outputType color style",
    "ProductBaseType": "__typename name icon color",
    "ProductType": "__typename name icon color",
    "ProjectBundleType": "__typename production staging",
    "Status": "__typename name shortName icon color state scope",
    "SubTaskNode": "__typename id name label description startDate endDate assignees isDone",
    "Tag": "__typename name color",
    "TaskType": "__typename name icon shortName color",
    "ThumbnailInfo": "__typename id sourceEntityType sourceEntityId relation",
    "VersionListItem": "__typename id version name",
}

ALIKE: Mapping[str, frozenset[str]] = {
    name: frozenset(fields.split()) for name, fields in _ALIKE.items()
}
"""Type → its fields."""

ALIKE_IN_THE_STUDIO = frozenset({"__schema", "__type", "__typename", "productTypes"})
"""Fields of `Query` that look the same to everybody who is signed in, with all that is below."""
