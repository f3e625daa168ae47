"""TABLE: activities, links and entity lists: what hangs on entities."""

from __future__ import annotations

from collections.abc import Mapping

from ayon_proxy.policy.shown import arguments
from ayon_proxy.policy.shown.node_type import Lead, Type, each_of, plain

_ENTITY = "BaseNode"
_PATHS = ("shows or matches paths",)

_ACTIVITY = Type(
    {
        **each_of(
            "projectName referenceId activityId referenceType activityType entityType entityId "
            "entityName createdAt updatedAt creationOrder body tags activityData referenceData "
            "active read"
        ),
        "entityPath": _PATHS,
    },
    {
        "category": Lead("ActivityCategory", ("settings",)),
        "origin": Lead("ActivityOriginNode"),  # as it was when it was written
        "parents": Lead("ActivityOriginNode"),
        "reactions": Lead("ActivityReactionNode"),
        "author": Lead("UserNode", ("users",)),
        "assignee": Lead("UserNode", ("users",)),
        "version": Lead("VersionNode"),
        "files": Lead("ActivityFileNode"),
    },
)

_LINK = Type(
    each_of(
        "id projectName entityType entityId name linkType direction description author cursor data"
    ),
    {"node": Lead(_ENTITY, known_by="entityId")},
    ends=("entityId",),
)

_LINK_OF_PROJECT = Type(
    each_of(
        "id projectName linkType inputType outputType inputId outputId name author createdAt "
        "cursor data"
    ),
    {
        "inputNode": Lead(_ENTITY, known_by="inputId"),
        "outputNode": Lead(_ENTITY, known_by="outputId"),
    },
    ends=("inputId", "outputId"),
)

_LIST = Type(
    {
        **each_of(
            "projectName id entityType entityListType entityListFolderId label access tags owner "
            "active createdAt updatedAt createdBy updatedBy count data attributes"
        ),
        "allAttrib": ("shows attributes",),
        "activityCategories": ("settings", "users"),
        "accessLevel": ("users",),
    },
    {
        "items": Lead("EntityListItemsConnection", arguments=arguments.ITEMS),
    },
    entity="list",
    identity=("id", "list:"),
)

_ITEM = Type(
    {
        **each_of(
            "id projectName entityType entityId position tags createdBy updatedBy createdAt "
            "updatedAt cursor data"
        ),
        "folderPath": _PATHS,
        "Forbidden": _PATHS,
        # Those of the entity under those of the item.
        **each_of("attrib allAttrib ownAttrib", "shows attributes of folders or tasks"),
    },
    {
        "node": Lead(_ENTITY, known_by="entityId"),
        "Entity": Lead(_ENTITY, known_by="entityId"),
    },
    ends=("entityId",),
)

CONVERSATION: Mapping[str, Type] = {
    "ActivityNode": _ACTIVITY,
    "LinkEdge": _LINK,
    "ProjectLinkEdge": _LINK_OF_PROJECT,
    "EntityListNode": _LIST,
    "EntityListItemEdge": _ITEM,
    # Who leads there answers for these.
    "ActivityCategory": plain("name color"),
    "ActivityFileNode": plain("id size author name mime createdAt updatedAt"),
    "ActivityOriginNode": plain("id type subtype name label link"),
    "ActivityReactionNode": plain("userName fullName reaction timestamp"),
    "EntityComment": plain("activityId body author createdAt"),
    "FileNode": plain("id name path hash size hashType"),
    "SubTaskNode": plain("id name label description startDate endDate assignees isDone"),
    "VersionListItem": plain("id version name"),
}
