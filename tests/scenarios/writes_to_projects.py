"""TABLE: writes to what is in a project (upstream/server.md 1.3), and what shows them."""

from __future__ import annotations

from typing import Any

from tests.scenarios.cause import Cause, gone, made, patched
from tests.scenarios.causes import BOX, EMPTY, PUBLISHED
from tests.scenarios.causes_of_pictures import PNG
from tests.support.side_by_side import Change

_P = "/api/projects/<p>"
_PNG = {"content-type": "image/png"}


def picture(path: str, method: str = "POST") -> Change:
    """A picture, uploaded."""
    return Change(method, f"{_P}/{path}", None, PNG, _PNG)


def put(where: str, body: Any) -> Change:
    """Something, replaced."""
    return Change("PUT", f"{_P}/{where}", body)


LOOSE = picture("files")._replace(
    headers={**_PNG, "x-file-name": "loose.png", "x-file-id": "<new7>"}
)
REPRESENTATION = made("representations", id="<new6>", name="png", versionId="<render_v002>")
WORKFILE = made("workfiles", id="<new4>", path="/second.ma", taskId="<animation>")
LINK = {
    "input": "<owl>",
    "output": "<shot>",
    "linkType": "breakdown|folder|folder",
    "id": "<new7>",
}
COMMENT = made(
    "versions/<render_v002>/activities",
    id="<new7>",
    activityType="comment",
    body="Look, [Artist](user:artist)",
)._replace(as_user="admin")
LIST = made("lists", id="<new8>", label="More", entityType="version", items=[])
LIST_FOLDER = made("entityListFolders", id="<new9>", label="Drawer")
REACTION = made("activities/<activity>/reactions", reaction="like")
ITEMS = "list, list entities, g list items, g lists"
LINKED = "g links, g project links"
SAID = "g activities of the version, g activities, g comments"
TEAM = put("teams/lit", {"members": [{"name": "artist", "leader": True, "roles": []}]})
SHOT = {"type": "update", "entityType": "folder", "entityId": "<shot>"}

ENTITIES = (
    Cause(
        "make a folder",
        made("folders", id="<new1>", name="more", folderType="Shot", parentId="<sequence>"),
        "new folder, g folders below, folders, hierarchy, g folder counts, folders by type",
    ),
    Cause(
        "change a folder",
        patched("folders/<shot>", status="Omitted", label="Shot", tags=["x"]),
        "folder, folders, hierarchy, g folder status, g folders below, g folders of a status, "
        "g activities of the folder",
    ),
    Cause("change nothing of a folder", patched("folders/<shot>", status="In progress"), "folder"),
    Cause("hide a folder", patched("folders/<shot>", active=False), "folder, folders"),
    Cause(
        "take a folder's thumbnail",
        patched("folders/<shot>", thumbnailId=None),
        "folder, g folder thumbnails, folder thumbnail",
    ),
    Cause("delete a folder", gone("folders/<new1>"), "new folder, folders, hierarchy", EMPTY),
    Cause(
        "make a task",
        made("tasks", id="<new3>", name="sketch", taskType="Layout", folderId="<shot>"),
        "inner task, g tasks, folders, hierarchy, g folder counts, g kanban, tasks by status, "
        "g nested",
    ),
    Cause(
        "change a task",
        patched("tasks/<animation>", status="Approved", label="Anim"),
        "animation, g tasks, tasks by status, g kanban, g nested",
    ),
    Cause(
        "assign a task",
        made("tasks/<layout>/assign", mode="set", users=["lighter"]),
        "g tasks, g kanban, tasks by assignee, g activities",
    ),
    Cause(
        "delete a task",
        gone("tasks/<new3>"),
        "inner task, folders, g inner tasks, lit folders",
        BOX,
    ),
    Cause(
        "make a product",
        made("products", id="<new5>", name="dust", productType="sparkle<p>", folderId="<shot>"),
        "g products, all product types, g folder counts, g nested",
    ),
    Cause(
        "change a product",
        patched("products/<render>", status="Approved", tags=["x"]),
        "product, g products",
    ),
    Cause(
        "rename a product", patched("products/<new5>", name="other"), "g new products", PUBLISHED
    ),
    Cause(
        "change a product's base type",
        patched("products/<render>", productBaseType="plate"),
        "g products, product",
    ),
    Cause(
        "change a version's number",
        patched("versions/<render_v002>", version=7),
        "version, g versions, g version list, g latest version, representation",
    ),
    Cause(
        "change nothing of a version",
        patched("versions/<render_v002>", author="artist"),
        "version, task, g task updated",
    ),
    Cause("make a representation", REPRESENTATION, "g representations, g new representation"),
    Cause(
        "change a representation",
        patched("representations/<representation>", status="Omitted"),
        "representation, g representations",
    ),
    Cause(
        "change a representation's files",
        patched(
            "representations/<representation>",
            files=[
                {
                    "id": "<new7>",
                    "name": "a.exr",
                    "path": "/a.exr",
                    "size": 1,
                    "hash": "0" * 32,
                    "hash_type": "md5",
                }
            ],
        ),
        "representation, g representations",
    ),
    Cause(
        "change a representation's traits",
        patched("representations/<representation>", traits={"a": {"b": 1}}),
        "representation, g representations",
    ),
    Cause(
        "delete a representation",
        gone("representations/<representation>"),
        "representation, g representations, g representation paths, resolve",
    ),
    Cause("make a workfile", WORKFILE, "g workfiles"),
    Cause(
        "change a workfile",
        patched("workfiles/<workfile>", status="Approved"),
        "workfile, g workfiles",
    ),
    Cause(
        "change a workfile's path",
        patched("workfiles/<workfile>", path="/elsewhere.ma"),
        "workfile, g workfiles",
    ),
    Cause(
        "delete a workfile", gone("workfiles/<workfile>"), "workfile, g workfiles, g workfile paths"
    ),
)

BATCH = (
    {**SHOT, "data": {"label": "Batch", "attrib": {"fps": 60}}},
    {
        "type": "create",
        "entityType": "task",
        "entityId": "<new3>",
        "data": {"name": "sketch", "taskType": "Layout", "folderId": "<shot>"},
    },
    {
        "type": "create",
        "entityType": "version",
        "entityId": "<new6>",
        "data": {"version": 9, "productId": "<render>", "taskId": "<compositing>"},
    },
    {"type": "delete", "entityType": "workfile", "entityId": "<workfile>"},
)
BAD = {"type": "update", "entityType": "folder", "entityId": "0" * 32, "data": {"label": "x"}}
BY_BATCH = (
    "folder, g folder attributes, g folder status, g tasks, inner task, g versions, "
    "g version flags, task, g task updated, workfile, g workfiles, folders, g version list"
)


def operations(*each: Any, where: str = "operations", **more: Any) -> Change:
    """A batch."""
    return made(where, operations=list(each), **more)


BATCHES = (
    Cause("a batch", operations(*BATCH), BY_BATCH),
    Cause("a batch that waits for its events", operations(*BATCH, waitForEvents=True), BY_BATCH),
    Cause("a batch of which one may fail", operations(BAD, *BATCH, canFail=True), BY_BATCH),
    Cause("a batch in the background", operations(*BATCH, where="operations/background"), BY_BATCH),
    Cause(
        "a batch in the background of which one may fail",
        operations(BAD, *BATCH, where="operations/background", canFail=True),
        BY_BATCH,
    ),
)
UNDONE = Cause("a batch of which one must not fail", operations(*BATCH, BAD), BY_BATCH)
"""Upstream undoes it."""

UPLOADS = (
    Cause(
        "a picture of a folder",
        picture("folders/<shot>/thumbnail"),
        "folder, g folder thumbnails, folder thumbnail",
    ),
    Cause(
        "a picture of a task",
        picture("tasks/<compositing>/thumbnail"),
        "task, g task thumbnails, task thumbnail",
    ),
    Cause("a picture of a workfile", picture("workfiles/<workfile>/thumbnail"), "workfile"),
    Cause(
        "another picture under its id",
        picture("thumbnails/<shot_thumbnail>", "PUT"),
        "thumbnail by id, folder thumbnail",
    ),
    Cause("a picture of the project", picture("thumbnail"), "project thumbnail"),
    Cause("delete a file", gone("files/<new7>"), "loose file, loose file info", (LOOSE,)),
    Cause(
        "sort reviewables",
        Change(
            "PATCH",
            f"{_P}/versions/<review_v002>/reviewables",
            {"sort": ["<activity2>", "<activity>"]},
        ),
        "version reviewables, product reviewables",
    ),
    Cause(
        "label a reviewable",
        Change("PATCH", f"{_P}/versions/<review_v002>/reviewables/<activity>", {"label": "Take"}),
        "version reviewables, product reviewables, folder reviewables, task reviewables",
    ),
)

CONVERSATION = (
    Cause(
        "change a comment",
        Change("PATCH", f"{_P}/activities/<new7>", {"body": "Again"}),
        SAID,
        (COMMENT,),
    ),
    Cause("delete a comment", gone("activities/<new7>"), SAID, (COMMENT,)),
    Cause(
        "comments in a batch",
        made(
            "operations/activities",
            operations=[
                {
                    "type": "create",
                    "data": {
                        "entityType": "version",
                        "entityId": "<render_v002>",
                        "activityType": "comment",
                        "body": "Batch",
                    },
                }
            ],
        ),
        f"{SAID}, version",
    ),
    Cause("react", REACTION, "g activities"),
    Cause(
        "stop reacting", gone("activities/<activity>/reactions/like"), "g activities", (REACTION,)
    ),
    Cause(
        "watch",
        made("versions/<render_v002>/watchers", watchers=["artist"]),
        "version watchers, g activities of the version",
    ),
    Cause(
        "read the inbox",
        Change("POST", "/api/inbox", {"all": True, "status": "read"}, as_user="artist"),
        "g inbox",
        (COMMENT,),
    ),
    Cause("link", made("links", **LINK), LINKED),
    Cause("link in bulk", made("links/bulk", links=[LINK]), LINKED),
    Cause("delete a link", gone("links/<link>"), LINKED),
    Cause(
        "make a link type",
        put("links/types/generative|folder|folder", {"data": {"color": "#ff0000"}}),
        "link types, g project, project",
    ),
    Cause(
        "delete a link type",
        gone("links/types/breakdown|folder|folder"),
        f"{LINKED}, link types, g linked folders",
    ),
    Cause("make a list", LIST, "g lists"),
    Cause("change a list", patched("lists/<list>", label="Weeklies"), "list, g lists"),
    Cause("delete a list", gone("lists/<list>"), f"{ITEMS}, list attributes"),
    Cause("add an item", made("lists/<list>/items", id="<new7>", entityId="<plate_v001>"), ITEMS),
    Cause("change an item", patched("lists/<list>/items/<item>", tags=["x"]), "g list items"),
    Cause(
        "change items",
        patched("lists/<list>/items", mode="delete", items=[{"id": "<item>"}]),
        ITEMS,
    ),
    Cause("delete an item", gone("lists/<list>/items/<item>"), ITEMS),
    Cause(
        "order items",
        made("lists/<list>/order", order=["<item2>", "<item>"]),
        "g list items",
    ),
    Cause(
        "attributes of a list",
        put("lists/<list>/attributes", [{"name": "note", "data": {}}]),
        "list attributes, list",
    ),
    Cause("make a folder of lists", LIST_FOLDER, "list folders"),
    Cause(
        "change a folder of lists",
        patched("entityListFolders/<new9>", label="Box"),
        "list folders",
        (LIST_FOLDER,),
    ),
    Cause(
        "put a list into a folder",
        patched("lists/<list>", entityListFolderId="<new9>"),
        "list, g lists",
        (LIST_FOLDER,),
    ),
    Cause(
        "delete a folder of lists",
        gone("entityListFolders/<new9>"),
        "list folders, list, g lists",
        (LIST_FOLDER, patched("lists/<list>", entityListFolderId="<new9>")),
    ),
    Cause(
        "order folders of lists",
        made("entityListFolders/order", order=["<new9>", "<new8>"]),
        "list folders",
        (made("entityListFolders", id="<new8>", label="First"), LIST_FOLDER),
    ),
)
ROWS = (*ENTITIES, *BATCHES, *UPLOADS, *CONVERSATION)
