"""TABLE: what each argument of a list does, and what else it makes the list depend on.

Read from upstream's resolvers (`graphql/resolvers/*.py`): which columns of which tables a filter
looks at. A list that is filtered or sorted carries `fields:` of its parent; what is said here comes
on top, for filters that look at something else than the entities that are listed.
"""

from __future__ import annotations

from ayon_proxy.policy.invalidation.carried import PARENTS
from ayon_proxy.policy.shown.node_type import Argument, Arguments, Part

_PAGE = Argument(Part.PAGE)
_IDS = Argument(Part.IDS)
_PARENT = Argument(Part.PARENT)
_OWN = Argument(Part.FILTER)

_FOLDERS = "type:{project}:folder"
_TASKS = "type:{project}:task"
_PRODUCTS = "type:{project}:product"
_VERSIONS = "type:{project}:version"
_DERIVED_FOLDERS = "derived:{project}:folder"
_DERIVED_PRODUCTS = "derived:{project}:product"
_DERIVED_VERSIONS = "derived:{project}:version"
_PATHS = "paths:{project}"
_INHERITED = "inherited:{project}"
_VOCABULARY = "vocabulary:{project}"
_OF_ENTITIES = (
    *(f"type:{{project}}:{each}" for each, _ in PARENTS.values()),
    _INHERITED,
    _VOCABULARY,
    _PATHS,
    "schema",
)
_LINKS = ("type:{project}:link", "cascade:{project}:link")


def _all(names: str, argument: Argument) -> dict[str, Argument]:
    return dict.fromkeys(names.split(), argument)


def _by(*tags: str, flag: bool = False, elsewhere: tuple[str, ...] = ()) -> Argument:
    return Argument(Part.FILTER, tags, flag=flag, elsewhere=elsewhere)


def _speaks_of(*tags: str, **mentions: tuple[str, ...]) -> Argument:
    return Argument(Part.FILTER, tags, tuple(mentions.items()))


PAGING = _all("first after last before", _PAGE)
_NAMED = _by(_VOCABULARY)
"""By a status or a type: renaming it renames it in all entities (server.md 1.5)."""

_BELOW = Argument(Part.BELOW, (_FOLDERS, _PATHS), flag=True)
"""Which folders are below one is told by folders: created, moved, deleted."""

_ABOVE = {
    "folder": (_FOLDERS, _VOCABULARY),
    "product": (_PRODUCTS, _VOCABULARY),
    "task": (_TASKS, _VOCABULARY),
    "path": (_PATHS,),
}
"""What `sortBy` and the columns of a `filter` may be about, besides the entity's own."""

_HAS_LINKS = {"hasLinks": _by(*_LINKS)}
_BY_ATTRIBUTES = _by(_INHERITED, "schema")
"""`status` sorts by the order in the anatomy; attributes are inherited."""

FOLDERS: Arguments = {
    **PAGING,
    **_HAS_LINKS,
    "ids": _IDS,
    "parentId": _PARENT,
    "parentIds": _PARENT,
    "includeFolderChildren": _BELOW,
    "paths": Argument(Part.PATHS, (_PATHS,)),
    "pathEx": _by(_PATHS),
    "search": _by(_PATHS),  # names, labels and paths
    **_all("name names tags", _OWN),
    **_all("folderTypes statuses", _NAMED),
    "hasChildren": _by(_DERIVED_FOLDERS),
    "hasProducts": _by(_DERIVED_FOLDERS),
    "hasTasks": _by(_DERIVED_FOLDERS),
    "assignees": _by(_TASKS),
    "taskFilter": _by(_TASKS, _INHERITED, _VOCABULARY),
    "attributes": _BY_ATTRIBUTES,
    "filter": _by(_INHERITED, _VOCABULARY, "schema"),
    "sortBy": _by(_INHERITED, _VOCABULARY, _PATHS, "schema"),
    "calculateStatistics": _by(_INHERITED, _VOCABULARY, _DERIVED_FOLDERS, "schema", flag=True),
    "calculateSpecificStatistics": _by(_INHERITED, _VOCABULARY, _DERIVED_FOLDERS, "schema"),
}

TASKS: Arguments = {
    **PAGING,
    **_HAS_LINKS,
    "ids": _IDS,
    "folderIds": _PARENT,
    "includeFolderChildren": _BELOW,
    **_all("names assignees assigneesAny tags tagsAny", _OWN),
    **_all("taskTypes statuses", _NAMED),
    "search": _by(_PATHS, _VOCABULARY),  # names, labels, types and paths
    "attributes": _BY_ATTRIBUTES,
    "filter": _by(_INHERITED, _VOCABULARY, "schema"),
    "folderFilter": _by(_FOLDERS, _INHERITED, _VOCABULARY, "schema"),
    "sortBy": _by(_INHERITED, _VOCABULARY, _PATHS, "schema"),
    "calculateStatistics": _by(
        _INHERITED, _VOCABULARY, "derived:{project}:task", "schema", flag=True
    ),
    "calculateSpecificStatistics": _by(_INHERITED, _VOCABULARY, "derived:{project}:task", "schema"),
}

PRODUCTS: Arguments = {
    **PAGING,
    **_HAS_LINKS,
    "ids": _IDS,
    "folderIds": _PARENT,
    "includeFolderChildren": _BELOW,
    **_all("names namesCi nameEx productTypes productBaseTypes tags", _OWN),
    "statuses": _NAMED,
    "pathEx": _by(_PATHS),
    "search": _by(_PATHS),  # names, types and the folder's path
    "filter": _by(_VOCABULARY, "schema"),
    "versionFilter": _by(_VERSIONS, _VOCABULARY, "schema"),
    "taskFilter": _by(_TASKS, _VERSIONS, _VOCABULARY, "schema"),
    "sortBy": _speaks_of(
        _VOCABULARY,
        "schema",
        folder=_ABOVE["folder"],
        path=_ABOVE["path"],
        version=(_DERIVED_PRODUCTS,),  # by the number of versions
    ),
    "calculateStatistics": _by(_VOCABULARY, "schema", flag=True),
    "calculateSpecificStatistics": _by(_VOCABULARY, _DERIVED_PRODUCTS, "schema"),
}

VERSIONS: Arguments = {
    **PAGING,
    **_HAS_LINKS,
    "ids": _IDS,
    "productIds": _PARENT,
    # Events of versions name the product, neither task nor folder.
    "taskIds": _OWN,
    "folderIds": _by(_PATHS),
    "includeFolderChildren": _by(_FOLDERS, _PATHS, flag=True),
    **_all("version versions tags authors", _OWN),
    "statuses": _NAMED,
    # Decided by the other versions of the product: where they are listed by it, `members:` and
    # `fields:` tell, but a version asked by id can lose its place to one that isn't asked for.
    **_all("latestOnly heroOnly heroOrLatestOnly", _by(flag=True, elsewhere=(_DERIVED_VERSIONS,))),
    # `done` is what the anatomy says it is.
    "featuredOnly": _by(_VOCABULARY, elsewhere=(_DERIVED_VERSIONS,)),
    "hasReviewables": _by(_DERIVED_VERSIONS),
    "search": _by(_PRODUCTS, _PATHS),  # number, name and type of the product, path
    "filter": _speaks_of(
        _VOCABULARY,
        "schema",
        producttype=_ABOVE["product"],
        productbasetype=_ABOVE["product"],
        tasktype=_ABOVE["task"],
        foldertype=_ABOVE["folder"],
        heroversion=(_DERIVED_VERSIONS,),
    ),
    "taskFilter": _by(_TASKS, _VOCABULARY, "schema"),
    "productFilter": _by(_PRODUCTS, _VOCABULARY, "schema"),
    "sortBy": _speaks_of(_VOCABULARY, "schema", **_ABOVE),
    "calculateStatistics": _by(_VOCABULARY, "schema", flag=True),
    "calculateSpecificStatistics": _by(
        _VOCABULARY, _FOLDERS, _PRODUCTS, _TASKS, _DERIVED_VERSIONS, "schema"
    ),
}

REPRESENTATIONS: Arguments = {
    **PAGING,
    **_HAS_LINKS,
    "ids": _IDS,
    "versionIds": _PARENT,
    **_all("names tags", _OWN),
    "statuses": _NAMED,
    "search": _by(_PRODUCTS, _VERSIONS, _PATHS),  # number, name and type of the product, path
    "filter": _by(_VOCABULARY, "schema"),
}

WORKFILES: Arguments = {
    **PAGING,
    **_HAS_LINKS,
    "ids": _IDS,
    "taskIds": _PARENT,
    **_all("paths pathEx tags", _OWN),  # paths of files, not of folders
    "statuses": _NAMED,
    "search": _by(_TASKS, _PATHS),  # name and type of the task, path
    "sortBy": _by(_VOCABULARY),
}

ENTITY_LISTS: Arguments = {**PAGING, "ids": _IDS, **_all("filter search sortBy", _OWN)}

ITEMS: Arguments = {
    **PAGING,
    "accessibleOnly": _by(_PATHS, flag=True),
    **_all("filter sortBy calculateSpecificStatistics", _by(*_OF_ENTITIES)),
    "calculateStatistics": _by(*_OF_ENTITIES, flag=True),
}
"""Filtered and sorted by fields of the entities, and of those above them."""

ACTIVITIES: Arguments = {
    **PAGING,
    "entityIds": _PARENT,
    **_all(
        "entityType entityNames activityTypes referenceTypes activityIds tags categories "
        "changedBefore changedAfter authors filter",
        _OWN,
    ),
}
"""Of a project. The entities are what `activities:` names."""

NODE_ACTIVITIES: Arguments = {**PAGING, **_all("activityTypes referenceTypes", _OWN)}

LINKS: Arguments = {
    **_all("first after", _PAGE),
    **_all("ids entityIds inputIds outputIds linkTypes inputTypes outputTypes names nameEx", _OWN),
}
"""Of a project: events of links name both ends, but so few ask by them that they aren't told
apart."""

NODE_LINKS: Arguments = {
    **_all("first after", _PAGE),
    **_all("direction linkTypes names nameEx", _OWN),
}

USERS: Arguments = {
    **PAGING,
    **_all("name names emails projectName projects isSupport", _OWN),
}

PROJECTS: Arguments = {**PAGING, "includeSkeleton": _OWN, "name": _OWN, "code": _OWN}

KANBAN: Arguments = {
    **_all("last before", _PAGE),
    **_all("projects assigneesAny taskIds", _OWN),
}
