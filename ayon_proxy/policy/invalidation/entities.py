"""TABLE: folders, tasks, products, versions, representations, workfiles.

`{id}` and `{parent}` are `entityId` and `parentId` of the summary. After a move `parentId` is the
old parent; the new one stands in `value`, which is wrong when a patch changed several fields (1.1),
so that every answer showing the type falls.
"""

from __future__ import annotations

from ayon_proxy.policy.invalidation.topic import Topic

ITSELF = ("entity:{id}", "fields:{type}:{parent}", "type:{project}:{type}")
"""A field changed."""

MEMBER = (*ITSELF, "members:{type}:{parent}")
"""It joined a list or left it, or stands elsewhere in it."""

MOVED = (*MEMBER, "cascade:{project}:{type}")

HANGING_ON_IT = ("links:{id}", "activities:{id}")
"""Gone with it."""

PATHS = "paths:{project}"
INHERITED = "inherited:{project}"
ASSIGNMENTS = "assignments:{project}"

DERIVED_FOLDERS = "derived:{project}:folder"
DERIVED_TASKS = "derived:{project}:task"
DERIVED_PRODUCTS = "derived:{project}:product"
DERIVED_VERSIONS = "derived:{project}:version"
BY_VERSIONS = (DERIVED_FOLDERS, DERIVED_TASKS, DERIVED_PRODUCTS, DERIVED_VERSIONS)

FOLDER_LIST = ("type:{project}:folder", DERIVED_FOLDERS)
"""GET folders answers from a key that is rebuilt, and collapses requests (1.6)."""

TOPICS = (
    # Folders
    Topic(
        "entity.folder.created",
        (*MEMBER, DERIVED_FOLDERS, ASSIGNMENTS),
        "folders/create child folder with attrib, status, tags, data; 1.5 folder create",
        settling=FOLDER_LIST,
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.folder.deleted",
        (
            *MEMBER,
            *HANGING_ON_IT,
            "cascade:{project}:folder",
            "cascade:{project}:task",
            "cascade:{project}:product",
            "cascade:{project}:version",
            "cascade:{project}:representation",
            "cascade:{project}:workfile",
            *BY_VERSIONS,
            ASSIGNMENTS,
        ),
        "folders/delete folder, force=true: products, versions, representations go too; 1.5 delete",
        settling=FOLDER_LIST,
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.folder.renamed",
        (*MEMBER, PATHS, ASSIGNMENTS),
        "folders/rename parent folder: paths of descendants change; 1.5 folder renamed",
        settling=(*FOLDER_LIST, PATHS),
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.folder.parent_changed",
        (*MOVED, PATHS, INHERITED, DERIVED_FOLDERS, ASSIGNMENTS),
        "folders/move folder (parentId); 1.5 parent_changed",
        settling=(*FOLDER_LIST, PATHS),
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.folder.attrib_changed",
        (*ITSELF, INHERITED),
        "folders/update folder attrib: children inherit; 1.5 attrib_changed",
        settling=FOLDER_LIST,
    ),
    Topic(
        "entity.folder.active_changed|thumbnail_changed",
        (*ITSELF, DERIVED_FOLDERS),
        "folders/update folder active=false; thumbnails/PATCH folder thumbnailId null",
        settling=(*FOLDER_LIST, "entity:{id}"),
    ),
    Topic(
        "entity.folder.label_changed|data_changed|status_changed|tags_changed|type_changed",
        ITSELF,
        "folders/update several fields in one PATCH",
        settling=FOLDER_LIST,
    ),
    # Tasks
    Topic(
        "entity.task.created",
        (*MEMBER, DERIVED_FOLDERS, ASSIGNMENTS),
        "tasks/create task; 1.5 task create: hasTasks, taskNames, taskCount",
        settling=FOLDER_LIST,
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.task.deleted",
        (
            *MEMBER,
            *HANGING_ON_IT,
            "cascade:{project}:workfile",
            "cascade:{project}:version",
            DERIVED_FOLDERS,
            ASSIGNMENTS,
        ),
        "tasks/delete task that has a version and a workfile; 1.5 delete: its versions lose it",
        settling=FOLDER_LIST,
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.task.renamed",
        (*MEMBER, DERIVED_FOLDERS, PATHS),
        "tasks/update task: rename; folder lists show taskNames",
        settling=FOLDER_LIST,
    ),
    Topic(
        "entity.task.folder_changed",
        (*MOVED, DERIVED_FOLDERS, INHERITED, PATHS, ASSIGNMENTS),
        "tasks/update task: moved to another folder",
        settling=FOLDER_LIST,
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.task.assignees_changed",
        (*ITSELF, ASSIGNMENTS),
        "tasks/update task: assignees; access/assign a task to the artist: the folder appears",
        settling=(ASSIGNMENTS,),
        assigned=(ASSIGNMENTS,),
    ),
    Topic(
        "entity.task.type_changed|active_changed",
        (*ITSELF, DERIVED_FOLDERS),
        "tasks/update task: taskType; tasks/update task: active=false",
        settling=FOLDER_LIST,
    ),
    Topic(
        "entity.task.thumbnail_changed",
        ITSELF,
        "1.2; 1.6 thumbnail-info",
        settling=("entity:{id}",),
    ),
    Topic(
        "entity.task.label_changed|data_changed|status_changed|tags_changed|attrib_changed",
        ITSELF,
        "tasks/update task: status",
    ),
    # Products
    Topic(
        "entity.product.created",
        (*MEMBER, DERIVED_FOLDERS, "product_types"),
        "products/create product with an unseen product type; 1.5 product create",
    ),
    Topic(
        "entity.product.deleted",
        (
            *MEMBER,
            *HANGING_ON_IT,
            "cascade:{project}:version",
            "cascade:{project}:representation",
            *BY_VERSIONS,
        ),
        "products/delete product with version and representation; 1.5 delete",
    ),
    Topic(
        "entity.product.renamed",
        (*MEMBER, PATHS),
        "products/update product: rename; paths of its versions hold the name",
    ),
    Topic(
        "entity.product.folder_changed",
        (*MOVED, PATHS, DERIVED_FOLDERS),
        "products/update product: moved to another folder",
    ),
    Topic(
        "entity.product.product_type_changed",
        (*ITSELF, "product_types"),
        "products/update product: productType",
    ),
    Topic(
        "entity.product.active_changed",
        (*ITSELF, DERIVED_FOLDERS),
        "products/update product: active=false",
    ),
    Topic(
        "entity.product.label_changed|data_changed|status_changed|tags_changed|attrib_changed",
        ITSELF,
        "products/update product: status",
    ),
    # Versions
    Topic(
        "entity.version.created",
        (*MEMBER, *BY_VERSIONS),
        "versions/create version 2; 1.5 version create: latest, hero, hasVersions, task.updatedAt",
    ),
    Topic(
        "entity.version.deleted",
        (*MEMBER, *HANGING_ON_IT, "cascade:{project}:representation", *BY_VERSIONS),
        "versions/delete the latest version; links/delete an entity at one end; 1.5 delete",
    ),
    Topic(
        "entity.version.product_changed",
        (*MOVED, PATHS, *BY_VERSIONS),
        "versions/update version: moved to another product",
    ),
    Topic(
        "entity.version.status_changed|active_changed|task_changed|thumbnail_changed|renamed",
        (*MEMBER, *BY_VERSIONS),
        "versions/update version: status to a done state; 1.5 isLatestDone, featuredVersion",
        settling=("entity:{id}",),
    ),
    Topic(
        "entity.version.label_changed|data_changed|tags_changed|attrib_changed|author_changed",
        (*ITSELF, DERIVED_TASKS),
        "versions/update version: attrib; 1.5 version update: task.updatedAt",
    ),
    # Representations
    Topic(
        "entity.representation.created|renamed",
        MEMBER,
        "representations/create representation; representations/update representation: rename",
    ),
    Topic(
        "entity.representation.deleted",
        (*MEMBER, *HANGING_ON_IT),
        "representations/delete representation",
    ),
    Topic(
        "entity.representation.version_changed",
        (*MOVED, PATHS),
        "representations/update representation: moved to another version",
    ),
    Topic(
        "entity.representation."
        "label_changed|data_changed|status_changed|tags_changed|attrib_changed|active_changed",
        ITSELF,
        "representations/update representation: data (context)",
    ),
    # Workfiles
    Topic(
        "entity.workfile.created|renamed",
        MEMBER,
        "workfiles/create workfile",
    ),
    Topic(
        "entity.workfile.deleted",
        (*MEMBER, *HANGING_ON_IT),
        "workfiles/delete workfile",
    ),
    Topic(
        "entity.workfile.task_changed",
        (*MOVED, PATHS),
        "workfiles/update workfile: taskId",
    ),
    Topic(
        "entity.workfile."
        "label_changed|data_changed|status_changed|tags_changed|attrib_changed|active_changed"
        "|thumbnail_changed",
        ITSELF,
        "workfiles/update workfile: status",
        settling=("entity:{id}",),
    ),
)
