"""TABLE: what changes other things than it says: a row for each cause of upstream/server.md 1.5.

`shown_in` names the questions of `film_reads` that show other entities than the one that is
changed: those that change, and must not stay. Below an entity with versions nothing may be renamed
or moved (upstream/observed.md); hence the box.
"""

from __future__ import annotations

from tests.scenarios.cause import Cause, anatomy, gone, made, patched, statuses
from tests.scenarios.causes_of_featured import BY_DONE
from tests.scenarios.causes_of_pictures import PICTURES
from tests.support.side_by_side import Change

_P = "/api/projects/<p>"

BOX = (
    made("folders", id="<new1>", name="box", folderType="Folder", parentId="<root>"),
    made("folders", id="<new2>", name="inner", folderType="Folder", parentId="<new1>"),
    made("tasks", id="<new3>", name="sketch", taskType="Layout", folderId="<new2>"),
    made("workfiles", id="<new4>", path="/sketch.ma", taskId="<new3>"),
    patched("tasks/<new3>", assignees=["lighter"]),
)
BELOW = (
    "inner folder, inner task, g inner folder, g inner folders, g inner by path, g inner tasks, "
    "g inner workfiles, resolve inner, folders, hierarchy"
)
EMPTY = BOX[:1]
FLAGS = "g new folder, folders, hierarchy"
PUBLISHED = (
    *EMPTY,
    made("products", id="<new5>", name="thing", productType="render", folderId="<new1>"),
)
NEW_VERSION = made("versions", id="<new6>", version=3, productId="<render>", taskId="<compositing>")
OF_VERSIONS = (
    "g versions, g version list, g latest version, g latest only, g version flags, "
    "g featured latest, "
    "g task updated, task, g versions of the task, g task versions, "
    "versions by status"
)
WALKER = (
    Change("PATCH", f"{_P}/tasks/<layout>", {"assignees": ["walker"]}),
    Change("PATCH", f"{_P}/versions/<render_v002>", {"author": "walker"}),
)
VIEWER = (
    Change(
        "PUT",
        "/api/accessGroups/viewer/_",
        {
            "read": {
                "enabled": True,
                "access_list": [{"access_type": "hierarchy", "path": "/shots"}],
            }
        },
    ),
    Change(
        "PATCH",
        "/api/users/lighter/accessGroups",
        {"accessGroups": [{"project": "<p>", "accessGroups": ["viewer"]}]},
    ),
)
IDLER = (
    Change(
        "PATCH",
        "/api/users/idler/accessGroups",
        {"accessGroups": [{"project": "<p>", "accessGroups": ["artist"]}]},
    ),
)

CAUSES = (
    # Paths
    Cause(
        "a folder is renamed",
        patched("folders/<new1>", name="crate"),
        BELOW,
        BOX,
    ),
    Cause(
        "a folder is moved",
        patched("folders/<new1>", parentId="<props>"),
        f"{BELOW}, g folder counts",
        BOX,
    ),
    Cause(
        "a folder is moved and labelled at once",
        patched("folders/<new1>", label="Crate", parentId="<props>"),
        BELOW,
        BOX,
    ),
    Cause(
        "a folder with a rule is renamed",
        patched("folders/<new1>", name="crate"),
        "lit folders, lit inner",
        BOX,
    ),
    Cause(
        "a task is moved",
        patched("tasks/<new3>", folderId="<new1>"),
        "g inner workfiles, g inner tasks, g new folder, folders, hierarchy, inner task",
        BOX,
    ),
    Cause(
        "a task is renamed",
        patched("tasks/<new3>", name="drawing"),
        "g inner workfiles, folders with attrib, hierarchy, resolve inner, g inner tasks",
        BOX,
    ),
    # Attributes
    Cause(
        "an attribute of a folder",
        patched("folders/<sequence>", attrib={"fps": 30}),
        "folder, task, folders with attrib, g folder attributes, g task attributes",
    ),
    Cause(
        "an attribute of the project",
        Change("PATCH", _P, {"attrib": {"fps": 48}}),
        "folder, task, asset, folders with attrib, g folder attributes, g task attributes, "
        "g asset attributes, g project, project",
    ),
    Cause(
        "a folder is moved to other attributes",
        patched("folders/<new1>", parentId="<props>"),
        "inner task, g inner attributes, folders with attrib, inner folder",
        (*BOX, patched("folders/<props>", attrib={"fps": 12})),
    ),
    # Words
    Cause(
        "a status is renamed",
        statuses("Pending review", "In review"),
        "version, g versions, versions by status, project, g project, g latest version, "
        "g task versions",
    ),
    Cause(
        "a status of folders and tasks is renamed",
        statuses("In progress", "Doing"),
        "folder, sequence, folders, hierarchy, g folder status, g folders of a status, "
        "workfile, g workfiles, anatomy",
    ),
    Cause(
        "a task type is renamed",
        anatomy(task_types=[{"name": "Anim", "original_name": "Animation"}]),
        "animation, g tasks, g tasks of a type, g project, project",
    ),
    Cause(
        "a folder type is renamed",
        anatomy(folder_types=[{"name": "Take", "original_name": "Shot"}]),
        "folder, folders, hierarchy, g folder status, folders by type, g project",
    ),
    # Cascades
    Cause(
        "a folder is deleted by force",
        gone("folders/<shot>?force=true"),
        "task, animation, product, version, hero version, representation, workfile, "
        "version thumbnail, g tasks, g products, g versions, g representations, g workfiles, "
        "g versions of the task, g folder counts, folders, hierarchy, g links, g project links, "
        "g folders below, tasks by status, versions by status, g kanban, g list items, resolve, "
        "g lit tasks, lit folders",
    ),
    Cause(
        "an asset is deleted that shots link to",
        gone("folders/<fox>?force=true"),
        "g links, g project links, g linked folders, folders",
    ),
    Cause(
        "a task is deleted",
        gone("tasks/<compositing>"),
        "version, g versions, g versions of the task, g version paths, g folder counts, "
        "hierarchy, g nested",
    ),
    Cause(
        "a task with a workfile is deleted",
        gone("tasks/<animation>"),
        "workfile, g workfiles, g workfile paths, g folder counts, g kanban, tasks by assignee",
    ),
    Cause(
        "a product is deleted",
        gone("products/<render>"),
        "version, first version, hero version, representation, g versions, g representations, "
        "g version list, g folder counts, g versions of the task, g nested, g list items, "
        "version thumbnail, resolve",
    ),
    Cause(
        "a version is deleted",
        gone("versions/<render_v002>"),
        "g versions, g version list, g latest version, g latest only, g version flags, "
        "g featured latest, "
        "g first version flags, g versions of the task, g task versions, versions by status, "
        "representation, g representations, g list items, resolve, version thumbnail, "
        "g project links",
    ),
    # Versions
    Cause(
        "a version is made",
        NEW_VERSION,
        f"{OF_VERSIONS}, g folder counts",
    ),
    Cause(
        "a hero version is made",
        made("versions", id="<new6>", version=-2, productId="<plate>"),
        "g plate flags, g plate featured, g version list",
    ),
    Cause(
        "a version of a task is changed",
        patched("versions/<render_v002>", attrib={"comment": "again"}),
        "task, g task updated",
    ),
    Cause(
        "a version is given to another task",
        patched("versions/<render_v002>", taskId="<layout>"),
        "g versions of the task, g task versions, g version paths, g versions of another task, "
        "g another task",
    ),
    *BY_DONE,
    # Flags and counts
    Cause(
        "a folder gets its first child",
        made("folders", id="<new2>", name="inner", folderType="Folder", parentId="<new1>"),
        f"{FLAGS}, g folders with children, g inner folders",
        EMPTY,
    ),
    Cause(
        "a folder gets its first task",
        made("tasks", id="<new3>", name="sketch", taskType="Layout", folderId="<new1>"),
        f"{FLAGS}, g folders with tasks",
        EMPTY,
    ),
    Cause(
        "a folder gets its first product",
        made("products", id="<new5>", name="thing", productType="render", folderId="<new1>"),
        "g new folder, g folders with products",
        EMPTY,
    ),
    Cause(
        "a folder gets its first version",
        made("versions", id="<new6>", version=1, productId="<new5>"),
        "g new folder, folders",
        PUBLISHED,
    ),
    Cause(
        "a folder loses its only child",
        gone("folders/<new2>"),
        f"{FLAGS}, g folders with children",
        BOX[:2],
    ),
    Cause(
        "a folder loses its only product",
        gone("products/<new5>"),
        "g new folder, g folders with products",
        PUBLISHED,
    ),
    Cause(
        "a product of a new type",
        made("products", id="<new5>", name="dust", productType="sparkle<p>", folderId="<shot>"),
        "all product types, g products, g folder counts",
    ),
    # Pictures and reviews
    *PICTURES,
    # What people say
    Cause(
        "a comment",
        made(
            "versions/<render_v002>/activities",
            id="<new7>",
            activityType="comment",
            body="Look, [Artist](user:artist)",
        )._replace(as_user="admin"),
        "version, version watchers, g comments, g activities of the version, g inbox, g activities",
    ),
    Cause(
        "a task is assigned",
        patched("tasks/<layout>", assignees=["artist"]),
        "g tasks, tasks by assignee, g activities, g kanban",
    ),
    # People
    Cause(
        "a user is renamed",
        Change("PATCH", "/api/users/walker/rename", {"newName": "runner"}),
        "g tasks, g tasks of the walker, g versions, g versions of an author, tasks by assignee, "
        "walker, users, user names, version",
        WALKER,
    ),
    Cause("a user is deleted", Change("DELETE", "/api/users/leaver"), "leaver, users, user names"),
    Cause(
        "an access group is deleted",
        Change("DELETE", "/api/accessGroups/viewer/_"),
        "lit folders, g lit tasks, access groups",
        VIEWER,
    ),
    Cause(
        "an access group allows something else",
        Change(
            "PUT",
            "/api/accessGroups/viewer/_",
            {
                "read": {
                    "enabled": True,
                    "access_list": [{"access_type": "hierarchy", "path": "/assets"}],
                }
            },
        ),
        "lit folders, lit folder, g lit tasks",
        VIEWER,
    ),
    # The project
    Cause(
        "a project is renamed",
        Change("POST", f"{_P}/rename", {"name": "<p>_again"}),
        "project, projects, g projects, folders, folder, g folders below, version, anatomy, "
        "artist projects, user",
        IDLER,
    ),
    Cause(
        "a project is deleted",
        Change("DELETE", _P),
        "project, projects, g projects, folders, folder, g folders below, version, anatomy, "
        "artist projects, user, thumbnail by id, file info, resolve",
        IDLER,
    ),
)
