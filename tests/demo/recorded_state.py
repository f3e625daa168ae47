"""Makes a studio what it was when a recorded write was made, as far as its record shows it.

The `rec_*` projects of `mutations` exist in no other record, and between two writes there were
others that were not recorded. What shows the state before: the reads made before, the old values
and whole entities in the payloads of the events, the paths and parents in their summaries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from ayon_proxy.demo import derivations, watching
from ayon_proxy.demo.entities import (
    ENTITY_CLASSES,
    ENTITY_TYPES,
    PARENT_FIELDS,
    PARENT_TYPES,
    Entity,
    EntityType,
    Folder,
)
from ayon_proxy.demo.people import Session
from ayon_proxy.demo.project import (
    Activity,
    Anatomy,
    EntityList,
    ListItem,
    Project,
    Reference,
)
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.writes.columns import COLUMNS
from tests.demo.corpus import FOLDER, Record, document

MADE_UP: set[str] = set()
"""Ids of entities that no record shows."""
REC_TOKEN, OTHER_TOKEN = RECUSER = ("r" * 64, "s" * 64)
HIDDEN_FROM = ("artist", "rec_acl")
"""Whose folder lists of which project don't show all."""
CODES = {"rec_one": "rec1", "rec_two": "rec2", "rec_prj": "recp"}
EMPTY = ("folders",)
"""Families that began with folders alone."""
SCENES: dict[str, tuple[tuple[EntityType, dict[str, Any]], ...]] = {
    "rec_one": (
        (
            "task",
            {
                "id": "e3fa06fd52e258dc96be1202538aebe9",
                "path": "/seq/sh010/comp",
                "taskType": "Compositing",
            },
        ),
        (
            "task",
            {
                "id": "83a4984b078c52368a066ed38d82299b",
                "path": "/seq/sh010/anim",
                "taskType": "Animation",
            },
        ),
        ("product", {"id": "cab4420048355ff7a23f969df6e7a428", "path": "/seq/sh010/renderMain"}),
        ("product", {"id": "817fcf57bb7a5e359974fa943957c7c7", "path": "/seq/sh010/plateMain"}),
    ),
    "rec_two": (
        (
            "task",
            {
                "id": "e903fbfdae3b50c5a60934a6a8e0796c",
                "path": "/seq/sh010/comp",
                "taskType": "Compositing",
            },
        ),
        (
            "task",
            {
                "id": "028f159fa69958edaffdd9c1ee9ea97d",
                "path": "/seq/sh020/anim",
                "taskType": "Animation",
            },
        ),
        ("product", {"id": "c5e7b5b0ae0f5729b521f636471076c2", "path": "/seq/sh010/renderMain"}),
        ("product", {"id": "34bfff8f56115cb0abd423aabdb99bb4", "path": "/seq/sh020/plateMain"}),
        (
            "version",
            {
                "id": "e141c691c6ca5819bc207ec322fcdea8",
                "version": 1,
                "productId": "c5e7b5b0ae0f5729b521f636471076c2",
                "taskId": "e903fbfdae3b50c5a60934a6a8e0796c",
            },
        ),
        (
            "version",
            {
                "id": "5f4c38c0175c50fdb8a292d025fe7710",
                "version": 2,
                "productId": "c5e7b5b0ae0f5729b521f636471076c2",
                "taskId": "e903fbfdae3b50c5a60934a6a8e0796c",
            },
        ),
        (
            "version",
            {
                "id": "a5be7adfd7815ddeb5e14dcbb892a756",
                "version": 1,
                "productId": "34bfff8f56115cb0abd423aabdb99bb4",
            },
        ),
    ),
}
PUBLISHED: dict[str, tuple[tuple[EntityType, dict[str, Any]], ...]] = {
    "representations": (
        (
            "version",
            {
                "id": "f297fb41a7ab545daaf8f24e4a004341",
                "version": 1,
                "productId": "cab4420048355ff7a23f969df6e7a428",
            },
        ),
        (
            "version",
            {
                "id": "cbf1fdf6d8535ac8b28fcf40070179ce",
                "version": 2,
                "productId": "cab4420048355ff7a23f969df6e7a428",
            },
        ),
    ),
}
"""What was made in rec_one before these families."""
"""What was made in these projects before each family; records show it in pieces only."""
_REQUIRED: dict[EntityType, dict[str, Any]] = {
    "folder": {"name": ""},
    "task": {"name": "", "task_type": "Generic"},
    "product": {"name": "", "product_type": "render"},
    "version": {"version": 1},
    "representation": {"name": ""},
    "workfile": {"path": ""},
}
_REFERRED = {
    "parentId": "folder",
    "folderId": "folder",
    "taskId": "task",
    "productId": "product",
    "versionId": "version",
    "entityId": "version",
    "input": "version",
    "output": "version",
}


def restore(studio: Studio, record: Record, family: str) -> None:
    """Change the studio to what the record shows of the time before its write."""
    for name in ("rec_one", "rec_two", *_project_names(record)):
        if name not in studio.projects:
            studio.projects[name] = _project(name, family)
    for name in _project_names(record):
        _let_in(studio, name)
    lists_first = sorted(
        record["reads"], key=lambda each: "/folders" not in each["request"]["path"]
    )
    for read in lists_first:
        if isinstance(read["before"], dict):
            _restore_read(studio, read["identity"], read["request"], read["before"])
    for event in record["stored_events"]:
        _restore_event(studio, event)
    new = {
        each["message"]["summary"]["entityId"]
        for each in record["ws"]
        if each["message"]["topic"].endswith(".created")
        and each["message"]["topic"].startswith("entity.")
        and "entityId" in each["message"]["summary"]
    }
    for heard in record["ws"]:
        if heard["message"]["summary"].get("parentId") not in new:
            _restore_summary(studio, heard["message"])
    write = record["exchanges"][record["write"]]
    _restore_source(studio, write)
    project = _project_of(studio, write["request"]["path"])
    if project is not None:
        if write["response"]["status"] < 400:
            _restore_referred(project, write["request"].get("body"))
        parts = write["request"]["path"].split("/")[4:]
        if parts == ["rename"] and write["response"]["status"] == 204:
            project.thumbnail = None
        if write["request"]["method"] == "DELETE" and write["response"]["status"] == 409:
            upsert(project, "product", {"id": _made_up(parts[1]), "folderId": parts[1]})
        _forget_made_up(project)
        _forget_orphans(project)


def _project_names(record: Record) -> Iterator[str]:
    """Projects that must be there: named by a path, unless they are not found."""
    requests = [(each["request"], each["response"]) for each in record["exchanges"]]
    requests += [
        (each["request"], each["before"])
        for each in record["reads"]
        if isinstance(each["before"], dict)
    ]
    for request, response in requests:
        parts = request["path"].split("/")
        if parts[1:3] == ["api", "projects"] and len(parts) > 4 and response["status"] != 404:
            yield parts[3]


def _project(name: str, family: str) -> Project:
    """A recording project as some record shows it (they were all made alike), with its folders."""
    shown = dict(_shown("/api/projects/rec_"))
    like = shown.get(f"/api/projects/{name}") or shown["/api/projects/rec_two"]
    own = like["ownAttrib"]
    project = Project(
        name=name,
        code=CODES.get(name, name),
        created_at=datetime.fromisoformat(like["createdAt"]),
        updated_at=datetime.fromisoformat(like["updatedAt"]),
        attrib={key: value for key, value in like["attrib"].items() if key in own},
        anatomy=Anatomy(
            folder_types=like["folderTypes"],
            task_types=like["taskTypes"],
            statuses=like["statuses"],
            tags=like["tags"],
            link_types=like["linkTypes"],
            roots=like["config"]["roots"],
            templates=like["config"]["templates"],
            product_base_types=like["config"]["productBaseTypes"],
        ),
    )
    path = f"/api/projects/{name}/folders"
    if family in EMPTY:
        return project
    lists = [body["folders"] for each, body in _shown(path) if each == path]
    mine = [body["folders"] for each, body in _shown(path, family) if each == path]
    folders = mine[0] if mine else max(lists, key=len, default=[])
    for folder in sorted(folders, key=lambda each: str(each["createdAt"])):
        _upsert(project, "folder", _own(folder))
    published = PUBLISHED.get(family, ()) if name == "rec_one" else ()
    for entity_type, entity in (*SCENES.get(name, ()), *published):
        if (entity_type, family) == ("product", "products"):
            continue
        made = upsert(project, entity_type, entity)
        if entity_type == "version":
            _watch(project, made, ["service"])
    return project


def _watch(project: Project, entity: Entity, users: list[str]) -> None:
    """Make these, and no others, the watchers of an entity."""
    for activity in list(watching.watches(project, entity.id)):
        del project.activities[activity.id]
    kind = type(entity).__name__.lower()
    for user in users:
        activity_id = _made_up(entity.id, user)
        project.activities[activity_id] = Activity(
            id=activity_id,
            activity_type="watch",
            body="",
            author=user,
            created_at=entity.created_at,
            updated_at=entity.created_at,
            data={**watching.activity_data(project, entity, user), "watcher": user},
            references=[
                Reference(
                    id=activity_id,
                    reference_type="origin",
                    entity_type=kind,
                    entity_id=entity.id,
                )
            ],
        )


def _shown(start: str, family: str = "*") -> Iterator[tuple[str, Any]]:
    """Path and body of every answer in `mutations` whose path begins so."""
    for file in sorted(FOLDER.glob(f"mutations/{family}.json")):
        for record in document(f"mutations/{file.name}"):
            for each in (*record["exchanges"], *record["reads"]):
                answer = each.get("response") or each["before"]
                path = each["request"]["path"]
                asked = path.startswith(start) and each["request"]["method"] == "GET"
                if asked and answer["status"] == 200 and isinstance(answer.get("body"), dict):
                    yield path, deepcopy(answer["body"])


def log_in_recuser(studio: Studio) -> None:
    """The throw-away user of the family `users` always had a session, unless one was ended."""
    user = studio.users.get("recuser")
    tokens = {each.token for each in studio.sessions.values() if each.user.name == "recuser"}
    if user is not None and user.active and not tokens:
        token = RECUSER[REC_TOKEN in studio.ended_sessions]
        now = studio.clock().timestamp()
        studio.sessions[token] = Session(
            token=token, user=user.snapshot(), created=now, last_used=now
        )


def _restore_source(studio: Studio, write: dict[str, Any]) -> None:
    """A job that was given out depends on an event."""
    answer, order = write["response"].get("body"), write["request"].get("body")
    depends_on = answer.get("dependsOn") if isinstance(answer, dict) else None
    if depends_on and depends_on not in studio.events.stored:
        conditions = (order.get("filter") or {}).get("conditions", ())
        summary = {each["key"].partition("/")[2]: each["value"] for each in conditions}
        event = studio.events.dispatch(order["sourceTopic"], summary=summary or {"n": 2})
        studio.events.stored[depends_on] = studio.events.stored.pop(event.id)
        event.id = depends_on


def _let_in(studio: Studio, name: str) -> None:
    """The artist had the artist's group on every recording project."""
    groups = ["recgrp"] if name == "rec_acl" else ["artist"]
    users = [studio.users["artist"], *(each.user for each in studio.sessions.values())]
    for user in users:
        if user.name == "artist" and name not in ("secret_proj", "demo_big"):
            known = user.data.get("accessGroups") or {}
            user.data = {**user.data, "accessGroups": {name: groups, **known}}


def _project_of(studio: Studio, path: str) -> Project | None:
    parts = path.split("/")
    return (
        studio.projects.get(parts[3]) if parts[1:3] == ["api", "projects"] and parts[3:] else None
    )


def _restore_read(
    studio: Studio, identity: str, request: dict[str, Any], answer: dict[str, Any]
) -> None:
    body = answer.get("body")
    project = _project_of(studio, request["path"])
    if project is not None and answer["status"] in (200, 404):
        if request["path"].endswith("/folders") and (identity, project.name) != HIDDEN_FROM:
            known = {each["id"] for each in body["folders"]} if isinstance(body, dict) else set()
            for folder_id in project.folders.keys() - known:
                del project.folders[folder_id]
        _restore_rest(project, request["path"].split("/")[4:], answer["status"], body)
    if request["path"] == "/graphql" and isinstance(body, dict) and body.get("data"):
        name = str(request["body"]["query"]).partition('project(name:"')[2].partition('"')[0]
        if name in studio.projects:
            for entity_type, shown in _nodes(body["data"]):
                upsert(studio.projects[name], entity_type, _own(shown))


def _restore_contents(project: Project, shown: dict[str, Any]) -> None:
    """Tasks with the names that a folder list shows, and a version if it says there is one."""
    folder_id = shown["id"]
    tasks = {each.name: each for each in derivations.children(project, "task", folder_id)}
    for name in tasks.keys() - set(shown["taskNames"]):
        del project.tasks[tasks[name].id]
    for name in set(shown["taskNames"]) - tasks.keys():
        upsert(
            project, "task", {"id": _made_up(folder_id, name), "folderId": folder_id, "name": name}
        )
    folder = project.folders[folder_id]
    products = derivations.children(project, "product", folder_id)
    made_up = _made_up(folder_id, "version")
    if not shown["hasVersions"]:  # upstream may say so too long (server.md 1.6)
        project.versions.pop(made_up, None)
    elif not derivations.has_versions(project, folder):
        product_id = products[0].id if products else _made_up(folder_id, "product")
        upsert(project, "product", {"id": product_id, "folderId": folder_id})
        upsert(project, "version", {"id": made_up, "productId": product_id})


def _made_up(*names: str) -> str:
    made_up = uuid5(NAMESPACE_OID, "/".join(names)).hex
    MADE_UP.add(made_up)
    return made_up


def _adopted(
    project: Project, entity_type: EntityType, values: dict[str, Any], entity_id: str
) -> bool:
    """Give an entity that was made up the id of the real one, if they can be the same."""
    table, fields_ = project.table(entity_type), (PARENT_FIELDS[entity_type], "name", "version")
    for entity in table.values():
        same = all(getattr(entity, f, None) == values[f] for f in fields_ if f in values)
        if entity.id in MADE_UP and same:
            old = entity.id
            for kind in ENTITY_TYPES:
                for each in (
                    project.table(kind).values() if PARENT_TYPES[kind] == entity_type else ()
                ):
                    if getattr(each, PARENT_FIELDS[kind]) == old:
                        setattr(each, PARENT_FIELDS[kind], entity_id)
            table[entity_id] = table.pop(old)
            entity.id = entity_id
            return True
    return False


def _forget_made_up(project: Project) -> None:
    """A real entity takes the place of one that was made up under the same name."""
    for task in list(project.tasks.values()):
        same = [
            e for e in derivations.children(project, "task", task.folder_id) if e.name == task.name
        ]
        if len(same) > 1 and task.id == _made_up(task.folder_id, task.name):
            del project.tasks[task.id]


def _forget_orphans(project: Project) -> None:
    """What is below an entity that is gone is gone as well."""
    for entity_type in ENTITY_TYPES:
        above = project.table(PARENT_TYPES[entity_type])
        for entity in list(project.table(entity_type).values()):
            if (
                parent_id := getattr(entity, PARENT_FIELDS[entity_type])
            ) and parent_id not in above:
                del project.table(entity_type)[entity.id]


def _own(shown: dict[str, Any]) -> dict[str, Any]:
    """Without attributes, which may be inherited, and GraphQL's files, whose sizes are text."""
    return {key: value for key, value in shown.items() if key not in ("attrib", "files")}


def _restore_rest(project: Project, parts: list[str], status: int, body: Any) -> None:
    match parts:
        case ["folders"]:
            shown = {each["id"]: each for each in body["folders"]}
            downwards = sorted(shown.values(), key=lambda each: len(each["parents"]))
            for each in downwards:
                upsert(project, "folder", _own(each))
            for each in reversed(downwards):
                _restore_contents(project, each)
        case ["lists", list_id] if status == 200:
            project.lists[list_id] = _entity_list(body)
        case ["links", "types"] if status == 200:
            project.anatomy.link_types = body["types"]
        case [kind, entity_id, "watchers"] if status == 200:
            watched: Any = kind
            _watch(project, upsert(project, watched, {"id": entity_id}), body["watchers"])
        case [kind, entity_id] if kind.rstrip("s") in ENTITY_TYPES:
            entity_type: Any = kind.rstrip("s")
            if status == 404:
                project.table(entity_type).pop(entity_id, None)
            else:
                own = body["ownAttrib"]
                attrib = {key: value for key, value in body["attrib"].items() if key in own}
                upsert(project, entity_type, {**body, "attrib": attrib})


def _restore_event(studio: Studio, event: dict[str, Any]) -> None:
    project = studio.projects.get(event["project"] or "")
    payload = json.loads(event["payload"] or "{}")
    _, _, topic = event["topic"].partition("entity.")
    entity_type, _, what = topic.partition(".")
    if project is None or entity_type not in ENTITY_TYPES:
        return
    kind: Any = entity_type
    entity_id = json.loads(event["summary"])["entityId"]
    if "entityData" in payload:
        upsert(project, kind, payload["entityData"])
    elif "oldValue" in payload:
        column = next(each for each in COLUMNS[kind] if each.topic == what)
        entity = upsert(project, kind, {"id": entity_id})
        old = payload["oldValue"]
        if column.field == "attrib":
            for key in payload["newValue"]:
                entity.attrib.pop(key, None)
            old = {**entity.attrib, **old}
        upsert(project, kind, {"id": entity_id, column.json: old})


def _restore_summary(studio: Studio, message: dict[str, Any]) -> None:
    project, summary = studio.projects.get(message["project"] or ""), message["summary"]
    parts = message["topic"].split(".")
    if project is None or parts[0] != "entity" or parts[1] not in ENTITY_TYPES:
        return
    if not {"entityId", "parentId"} <= summary.keys():
        return  # not the server's own
    kind: Any = parts[1]
    if parts[2] != "created":
        field = next(e.json for e in COLUMNS[kind] if e.field == PARENT_FIELDS[kind])
        upsert(project, kind, {"id": summary["entityId"], field: summary["parentId"]})
    elif summary["parentId"]:
        upsert(project, PARENT_TYPES[kind], {"id": summary["parentId"]})
    if (path := summary.get("entityPath")) and kind != "workfile":
        _place(project, project.table(kind)[summary["entityId"]], path)


def _place(project: Project, entity: Entity, path: str) -> None:
    """Make the entity's path the one shown: names, and the folder that is known to be there."""
    *above, name = path.strip("/").split("/")
    if hasattr(entity, "version"):
        entity.version = -2 if name == "HERO" else int(name[1:])
    elif hasattr(entity, "name"):
        entity.name = name
    kind: Any = type(entity).__name__.lower()
    if PARENT_TYPES[kind] == "folder":
        wanted = "/" + "/".join(above)
        for folder in project.folders.values():
            if folder is not entity and derivations.folder_path(project, folder) == wanted:
                setattr(entity, PARENT_FIELDS[kind], folder.id)
                return
    parent = derivations.parent(project, kind, entity)
    if parent is not None and above:
        _place(project, parent, "/".join(above))


def _restore_referred(project: Project, body: Any) -> None:
    """What the write names must exist, or it would not have succeeded."""
    if isinstance(body, list):
        for each in body:
            _restore_referred(project, each)
    if not isinstance(body, dict):
        return
    known = {each for kind in ENTITY_TYPES for each in project.table(kind)}
    new = {each.get("entityId") for each in body.get("operations", ())}
    for key, value in body.items():
        kind: Any = _REFERRED.get(key)
        if kind and isinstance(value, str) and value not in known | new and "type" not in body:
            upsert(project, kind, {"id": value})
        if key not in ("operations", "data"):
            _restore_referred(project, value)


def upsert(project: Project, entity_type: EntityType, shown: dict[str, Any]) -> Entity:
    """Create the entity or set the columns that are shown; parents are made up if need be."""
    entity = _upsert(project, entity_type, shown)
    if entity_type not in ("folder", "workfile") and "path" in shown:
        _place(project, entity, shown["path"])
    return entity


def _upsert(project: Project, entity_type: EntityType, shown: dict[str, Any]) -> Entity:
    values = _columns(entity_type, shown)
    entity = project.entity(entity_type, shown["id"])
    if entity is None and shown["id"] not in MADE_UP and entity_type != "folder":
        _adopted(project, entity_type, values, shown["id"])
        entity = project.entity(entity_type, shown["id"])
    if entity is not None:
        for field, value in values.items():
            setattr(entity, field, value)
        _make_parent(project, entity_type, entity)
        return entity
    now = datetime.fromisoformat("2026-11-24T06:00:00+00:00")
    defaults: dict[str, Any] = {**_REQUIRED[entity_type]}
    for key in ("name", "path"):
        if key in defaults:
            defaults[key] = f"x{shown['id'][:8]}"
    if entity_type != "folder":
        defaults[PARENT_FIELDS[entity_type]] = None
    known: dict[str, Any] = {
        "status": project.anatomy.statuses[0]["name"],
        "created_at": now,
        "updated_at": now,
        **defaults,
        **values,
    }
    made = ENTITY_CLASSES[entity_type](id=shown["id"], **known)
    _make_parent(project, entity_type, made)
    return project.add(made)


def _make_parent(project: Project, entity_type: EntityType, entity: Entity) -> None:
    field, above = PARENT_FIELDS[entity_type], PARENT_TYPES[entity_type]
    parent_id = getattr(entity, field)
    if parent_id is None and not isinstance(entity, Folder) and entity_type != "workfile":
        parent_id = next(iter(project.table(above)), _made_up(entity_type))
        setattr(entity, field, parent_id)
    if parent_id is not None and parent_id not in project.table(above):
        upsert(project, above, {"id": parent_id})
    task_id = getattr(entity, "task_id", None)
    if task_id is not None and task_id not in project.tasks:
        upsert(project, "task", {"id": task_id})


def _columns(entity_type: EntityType, shown: dict[str, Any]) -> dict[str, Any]:
    names = {each.json: each.field for each in COLUMNS[entity_type]}
    names |= {"createdBy": "created_by", "updatedBy": "updated_by"}
    kind = ENTITY_CLASSES[entity_type]
    known = {each.name for each in fields(kind)}
    values = {names[key]: value for key, value in shown.items() if names.get(key) in known}
    if isinstance(values.get("data"), str):
        values["data"] = json.loads(values["data"])
    if isinstance(values.get("traits"), str):
        values["traits"] = json.loads(values["traits"])
    for field in ("data", "attrib"):
        if field in values and not isinstance(values[field], dict):
            values[field] = {}
    for key in ("createdAt", "updatedAt"):
        if key in shown:
            values[f"{key[:-2]}_at"] = datetime.fromisoformat(shown[key])
    return values


def _nodes(value: Any) -> Iterator[tuple[EntityType, dict[str, Any]]]:
    if isinstance(value, dict):
        for entity_type in ENTITY_TYPES:
            connection = value.get(f"{entity_type}s")
            if isinstance(connection, dict):
                for edge in connection.get("edges", ()):
                    if "id" in edge.get("node", {}):
                        yield entity_type, edge["node"]
        for each in value.values():
            yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)


def _entity_list(shown: dict[str, Any]) -> EntityList:
    def moments(of: dict[str, Any]) -> dict[str, Any]:
        return {
            f"{key}_at": datetime.fromisoformat(of[f"{key}At"]) for key in ("created", "updated")
        }

    items = [
        ListItem(
            id=each["id"],
            entity_id=each["entityId"],
            position=each["position"],
            label=each["label"],
            attrib=each["attrib"],
            data=each["data"],
            tags=each["tags"],
            folder_path=each["folderPath"],
            created_by=each["createdBy"],
            updated_by=each["updatedBy"],
            **moments(each),
        )
        for each in shown["items"]
    ]
    return EntityList(
        id=shown["id"],
        label=shown["label"],
        entity_type=shown["entityType"],
        entity_list_type=shown["entityListType"],
        entity_list_folder_id=shown["entityListFolderId"],
        data=dict(shown["data"]),
        tags=shown["tags"],
        items=items,
        owner=shown["owner"],
        created_by=shown["createdBy"],
        updated_by=shown["updatedBy"],
        **moments(shown),
    )
