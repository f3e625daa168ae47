"""A Studio with the projects, users and activities of the corpus.

`demo_small` is complete. Of the other projects, of activities and of events only what some
record shows is known, so answers about them can be compared by shape only. Entities were
recorded last; what the tool sessions had changed by then is put back as other records show it.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.entities import ENTITY_CLASSES, ENTITY_TYPES, Entity, EntityType, Folder
from ayon_proxy.demo.people import AccessGroup, ApiKey, Session, User
from ayon_proxy.demo.project import Anatomy, EntityList, Link, ListItem, Project
from ayon_proxy.demo.studio import Studio
from tests.demo.corpus import TOKENS, Record, document, records
from tests.demo.corpus_feed import add_activities, add_events

RECORDING_STARTED = "2026-11-24T06:36"
"""Links made later belong to the tool sessions, which were recorded last."""
CHANGED_LATER = {"thumbnailId", "data", "assignees", "updatedAt"}


def corpus_studio() -> Studio:
    """A new Studio on every call: tests may change it."""
    studio = Studio()
    definitions = _body("attributes", "/api/attributes")["attributes"]
    studio.attributes = [AttributeDefinition(**definition) for definition in definitions]
    _add_users(studio)
    for summary in _body("projects", "/api/projects")["projects"]:
        studio.projects[summary["name"]] = _project(summary)
    small = studio.projects["demo_small"]
    _add_entities(small)
    _undo_tool_sessions(small)
    _add_links_and_lists(small)
    _add_shown_folders(studio)
    add_activities(studio)
    add_events(studio)
    studio.product_types = [
        {"name": name["name"]} for name in _graphql("graphql_projects", "productTypes")
    ]
    return studio


def moment(text: str) -> datetime:
    """A recorded time."""
    return datetime.fromisoformat(text)


def _body(family: str, path: str, identity: str = "service") -> Any:
    return next(
        record["response"]["body"]
        for record in records(family)
        if record["identity"] == identity
        and record["request"]["path"] == path
        and record["response"]["status"] == 200
    )


def _graphql(family: str, field: str) -> Any:
    """The first answer of a root field that has no errors."""
    return next(
        record["response"]["body"]["data"][field]
        for record in records(family)
        if field in (_data(record) or {})
    )


def _graphql_project(name: str) -> dict[str, Any]:
    """A project as the web frontend's list of them shows it to an admin."""
    nodes = (
        edge["node"]
        for record in records("graphql_frontend")
        for edge in ((_data(record) or {}).get("projects") or {"edges": []})["edges"]
    )
    return next(node for node in nodes if node["name"] == name)


def _data(record: Record) -> dict[str, Any] | None:
    body = record["response"].get("body")
    data: dict[str, Any] | None = body.get("data") if isinstance(body, dict) else None
    return data


def _add_users(studio: Studio) -> None:
    now = studio.clock()
    for name in ("admin", "artist", "service"):
        shown = _body("users", "/api/users/me", name)
        data = {key: value for key, value in shown["data"].items() if key != "apiKey"}
        studio.users[name] = User(
            name=name,
            created_at=moment(shown["createdAt"]),
            updated_at=moment(shown["updatedAt"]),
            attrib=shown["attrib"],
            data=data,
            password=None if name == "service" else name,
        )
        token = TOKENS[name]
        if name == "service":
            studio.api_keys[token] = ApiKey(key=token, user_name=name, id="0" * 32)
        else:
            studio.sessions[token] = Session(
                token=token,
                user=studio.users[name].snapshot(),
                created=now.timestamp(),
                last_used=now.timestamp(),
            )
    for group in ("artist", "freelancer"):
        permissions = _body("access_groups", f"/api/accessGroups/{group}/_")
        studio.access_groups[group, None] = AccessGroup(name=group, permissions=permissions)
    supervisor = studio.access_groups["artist", None].permissions
    studio.access_groups["supervisor", None] = AccessGroup(
        name="supervisor", permissions=supervisor
    )


def _project(summary: dict[str, Any]) -> Project:
    name = summary["name"]
    shown = next(
        (
            record["response"]["body"]
            for record in (*records("projects"), *records("graphql_projects"))
            if record["request"]["path"] == f"/api/projects/{name}"
            and record["response"]["status"] == 200
        ),
        None,
    )
    project = Project(
        name=name,
        code=summary["code"],
        created_at=moment(summary["createdAt"]),
        updated_at=moment(summary["updatedAt"]),
        library=summary["library"],
        active=summary["active"],
        label=summary["label"],
        data={"projectFolder": summary["projectFolder"]} if summary["projectFolder"] else {},
        attrib=json.loads(_graphql_project(name)["allAttrib"]),
    )
    if shown is not None:
        own = shown["ownAttrib"]
        project.attrib = {key: value for key, value in shown["attrib"].items() if key in own}
        project.data = shown["data"]
        project.anatomy = Anatomy(
            folder_types=shown["folderTypes"],
            task_types=shown["taskTypes"],
            statuses=shown["statuses"],
            tags=shown["tags"],
            link_types=shown["linkTypes"],
            roots=shown["config"].get("roots", {}),
            templates=shown["config"].get("templates", {}),
            product_base_types=shown["config"].get("productBaseTypes", {}),
        )
    return project


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _entity(entity_type: EntityType, shown: dict[str, Any]) -> Entity:
    rest = {**shown["rest"], "traits": json.loads(shown["graphql"].get("traits") or "null")}
    rest["label"] = shown["graphql"].get("label")
    own = rest["ownAttrib"]
    rest["attrib"] = {key: value for key, value in rest["attrib"].items() if key in own}
    kind = ENTITY_CLASSES[entity_type]
    known = {field.name for field in fields(kind)}
    values = {_snake(key): value for key, value in rest.items() if _snake(key) in known}
    values["created_at"] = moment(rest["createdAt"])
    values["updated_at"] = moment(rest["updatedAt"])
    values["creation_order"] = json.loads(b64decode(shown["cursor"]))[0]
    return kind(**values)


def _add_entities(project: Project) -> None:
    entities = document("demo_small_entities.json")
    for entity_type in ENTITY_TYPES:
        for shown in entities[f"{entity_type}s"]:
            project.add(_entity(entity_type, shown))


def _undo_tool_sessions(project: Project) -> None:
    """Put back what the first record of an entity shows of the columns that changed later."""
    put_back: set[tuple[str, str]] = set()
    for family in ("graphql_folders", "graphql_tasks", "graphql_versions", "graphql_paging"):
        for record in records(family):
            for kind, node in _shown_nodes(_data(record)):
                entity = project.table(kind).get(node["id"])
                for name in CHANGED_LATER & node.keys() if entity else ():
                    if (node["id"], name) not in put_back:
                        put_back.add((node["id"], name))
                        setattr(entity, _snake(name), _value(name, node[name]))
        for task, moment_ in _update_times(family):
            if task in project.tasks:
                project.tasks[task].updated_at = moment(moment_)


def _value(name: str, shown: Any) -> Any:
    if name == "data":
        return json.loads(shown or "{}")
    return moment(shown) if name == "updatedAt" else shown


def _shown_nodes(value: Any) -> Iterator[tuple[EntityType, dict[str, Any]]]:
    """Nodes of entity connections, wherever in an answer."""
    if isinstance(value, list):
        for each in value:
            yield from _shown_nodes(each)
    elif isinstance(value, dict):
        for kind in ENTITY_TYPES:
            connection = value.get(f"{kind}s")
            for edge in connection.get("edges", []) if isinstance(connection, dict) else []:
                if "id" in edge.get("node", {}):
                    yield kind, edge["node"]
        for each in value.values():
            yield from _shown_nodes(each)


def _update_times(family: str) -> Iterator[tuple[str, str]]:
    """Task id → when it was last changed, from the cursors of pages sorted by it."""
    for record in records(family):
        if 'sortBy: "updatedAt"' in str(record["request"].get("body")):
            for edge in _edges(_data(record)):
                yield edge["node"]["id"], json.loads(b64decode(edge["cursor"]))[0]


def _edges(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield from value.get("edges", [])
        for each in value.values():
            yield from _edges(each)


def _add_links_and_lists(project: Project) -> None:
    entities = document("demo_small_entities.json")
    for order, shown in enumerate(entities["links"], start=1):
        if shown["createdAt"] < RECORDING_STARTED:
            values = {_snake(key): value for key, value in shown.items()}
            values["created_at"] = moment(shown["createdAt"])
            project.links[shown["id"]] = Link(**values, creation_order=order)
    for order, shown in enumerate(entities["lists"], start=1):
        values = _timed(shown, EntityList)
        values["items"] = [ListItem(**_timed(item, ListItem)) for item in shown["items"]]
        project.lists[shown["id"]] = EntityList(**values, creation_order=order)


def _timed(shown: dict[str, Any], kind: type) -> dict[str, Any]:
    known = {field.name for field in fields(kind)}
    values = {_snake(key): value for key, value in shown.items() if _snake(key) in known}
    values["created_at"] = moment(shown["createdAt"])
    values["updated_at"] = moment(shown["updatedAt"])
    return values


def _add_shown_folders(studio: Studio) -> None:
    """Folders of the other projects, from the paths that paging and error records show."""
    for family in ("graphql_paging", "graphql_errors", "graphql_folders"):
        for record in records(family):
            body = record["request"].get("body")
            text = json.dumps(body)
            others = ("demo_big", "secret_proj")
            project = next((studio.projects[each] for each in others if each in text), None)
            if project is not None and isinstance(_data(record), dict):
                _add_nodes(project, _data(record))


def _add_nodes(project: Project, value: Any) -> None:
    if isinstance(value, list):
        for each in value:
            _add_nodes(project, each)
    elif isinstance(value, dict):
        folders = value.get("folders")
        for edge in folders.get("edges", []) if isinstance(folders, dict) else []:
            node = edge["node"]
            if "name" in node and node["id"] not in project.folders:
                path = node.get("path", f"/{node['name']}")
                parent = _by_path(project, path.rsplit("/", 1)[0])
                project.add(
                    Folder(
                        id=node["id"],
                        name=node["name"],
                        parent_id=parent,
                        created_at=project.created_at,
                        updated_at=project.updated_at,
                        status="Not ready",
                    )
                )
        for each in value.values():
            _add_nodes(project, each)


def _by_path(project: Project, path: str) -> str | None:
    parent: str | None = None
    for name in path.strip("/").split("/"):
        parent = next(
            (
                each.id
                for each in project.folders.values()
                if each.name == name and each.parent_id == parent
            ),
            None,
        )
    return parent
