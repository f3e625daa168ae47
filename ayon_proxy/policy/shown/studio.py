"""TABLE: the root, projects, people, and the kanban board."""

from __future__ import annotations

from collections.abc import Mapping

from ayon_proxy.policy.lifetimes import IDENTITY
from ayon_proxy.policy.shown import arguments
from ayon_proxy.policy.shown.node_type import Argument, Arguments, Lead, Part, Type, each_of, plain

_GIVEN = Argument(Part.FILTER)
_RECORD = ("shows the project itself",)
_LINK_TYPES = ("lists links, or filters by them",)
_OF_USERS = ("users",)


def _in_use(entity_type: str) -> dict[str, Argument]:
    return {"activeOnly": Argument(Part.FILTER, (f"type:{{project}}:{entity_type}",), flag=True)}


def _one(to: str, lists: str) -> Lead:
    return Lead(to, arguments={"id": Argument(Part.IDS)}, lists=lists)


def _all(to: str, lists: str, given: Arguments) -> Lead:
    return Lead(to, arguments=given, lists=lists)


QUERY = Type(
    {},
    {
        "project": Lead(
            "ProjectNode", arguments={"name": _GIVEN, "code": _GIVEN}, project_argument="name"
        ),
        "projects": Lead(
            "ProjectsConnection", ("projects",), arguments.PROJECTS, project_argument="name"
        ),
        "users": Lead("UsersConnection", _OF_USERS, arguments.USERS),
        "user": Lead("UserNode", _OF_USERS, {"name": _GIVEN}),
        "me": Lead("UserNode", _OF_USERS, lifetimes=IDENTITY),
        "productTypes": Lead("ProductType", ("product types",)),
        "kanban": Lead(
            "KanbanConnection",
            (
                "type:{project}:task",
                "type:{project}:folder",
                "derived:{project}:task",
                "inherited:{project}",  # the priority
                "paths:{project}",
                "vocabulary:{project}",
                "projects",
                "users",  # whose tasks are listed is decided by who may see what
            ),
            arguments.KANBAN,
            project_argument="projects",
        ),
        "events": Lead("", never="events are asked for what has just happened"),
        "inbox": Lead(
            "", never="messages are told to their reader alone, and read marks to nobody"
        ),
        "__schema": Lead("", ("attributes", "restart")),
        "__type": Lead("", ("attributes", "restart"), {"name": _GIVEN}),
    },
)

_PROJECT = Type(
    {
        # A project that gets another name is another project (entity.project.renamed).
        **each_of("name projectName"),
        **each_of(
            "label code color projectFolder data config active library skeleton createdAt "
            "updatedAt allAttrib",
            *_RECORD,
        ),
        "usedTags": tuple(
            f"type:{{project}}:{each}"
            for each in ("folder", "task", "product", "version", "representation", "workfile")
        ),
    },
    {
        "attrib": Lead("", _RECORD),
        "thumbnail": Lead("ThumbnailInfo", _RECORD),
        "bundle": Lead("ProjectBundleType", (*_RECORD, "bundles")),
        "statuses": Lead("Status", _RECORD),
        "tags": Lead("Tag", _RECORD),
        "folderTypes": Lead("FolderType", _RECORD, _in_use("folder")),
        "taskTypes": Lead("TaskType", _RECORD, _in_use("task")),
        "linkTypes": Lead("LinkType", (*_RECORD, *_LINK_TYPES), _in_use("link")),
        "productTypes": Lead("ProductType", ("product types", "type:{project}:product")),
        "productBaseTypes": Lead("ProductBaseType", (*_RECORD, "type:{project}:product")),
        "folder": _one("FolderNode", "folder"),
        "task": _one("TaskNode", "task"),
        "product": _one("ProductNode", "product"),
        "version": _one("VersionNode", "version"),
        "representation": _one("RepresentationNode", "representation"),
        "workfile": _one("WorkfileNode", "workfile"),
        "entityList": _one("EntityListNode", "list"),
        "folders": _all("FoldersConnection", "folder", arguments.FOLDERS),
        "tasks": _all("TasksConnection", "task", arguments.TASKS),
        "products": _all("ProductsConnection", "product", arguments.PRODUCTS),
        "versions": _all("VersionsConnection", "version", arguments.VERSIONS),
        "representations": _all(
            "RepresentationsConnection", "representation", arguments.REPRESENTATIONS
        ),
        "workfiles": _all("WorkfilesConnection", "workfile", arguments.WORKFILES),
        "entityLists": _all("EntityListsConnection", "list", arguments.ENTITY_LISTS),
        "activities": _all("ActivitiesConnection", "activity", arguments.ACTIVITIES),
        "links": Lead("ProjectLinksConnection", _LINK_TYPES, arguments.LINKS),
    },
)

_USER = Type(
    each_of(
        "name active createdAt updatedAt accessGroups defaultAccessGroups isAdmin isManager "
        "isService isGuest isDeveloper isStagingAllowed inviteSentAt inviteAcceptedAt hasPassword "
        "disablePasswordLogin userPool deleted allAttrib",
        *_OF_USERS,
        "schema",
    ),
    {
        "attrib": Lead("", (*_OF_USERS, "schema")),
        "apiKeyPreview": Lead("", _OF_USERS, never="a part of a secret"),
        "tasks": Lead(
            "TasksConnection",
            ("type:{project}:task",),  # assigned to this user
            {"projectName": _GIVEN},
            project_argument="projectName",
            lists="task",
        ),
    },
)

STUDIO: Mapping[str, Type] = {
    "Query": QUERY,
    "ProjectNode": _PROJECT,
    "UserNode": _USER,
    # Who leads there answers for these.
    "KanbanNode": plain(
        "projectName projectCode id name label status tags taskType assignees updatedAt createdAt "
        "priority dueDate folderId folderName folderLabel folderPath thumbnailId thumbnailHash "
        "hasReviewables lastVersionWithThumbnailId lastVersionWithReviewableVersionId "
        "lastVersionWithReviewableProductId",
        {"thumbnail": Lead("ThumbnailInfo")},
    ),
    "FolderType": plain("name icon shortName color"),
    "LinkType": plain("name linkType inputType outputType color style"),
    "ProductBaseType": plain("name icon color"),
    "ProductType": plain("name icon color"),
    "ProjectBundleType": plain("production staging"),
    "Status": plain("name shortName icon color state scope"),
    "Tag": plain("name color"),
    "TaskType": plain("name icon shortName color"),
    "ThumbnailInfo": plain("id sourceEntityType sourceEntityId relation"),
}
