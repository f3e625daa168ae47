"""Every recorded change of a real server is reached: by its events, or by what stands in for them.

Each recorded mutation has its messages, and answers from before and after it. Here the answer from
before is given the tags that `carried` says it carries; if it changed, one of them must be among
what was invalidated. Mutations that must fail: any tag taken out of ITSELF or MEMBER, `derived` out
of a version's rows, `inherited` out of a folder's or project's, `cascade` out of a deletion, a
field out of DERIVED_FIELDS, `eventless` or `scanned` not asked where there is no event.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from graphql import FieldNode, OperationDefinitionNode, parse, value_from_ast_untyped

from ayon_proxy.policy.invalidation import carried
from ayon_proxy.policy.invalidation.table import tags_of
from ayon_proxy.policy.invalidation.topic import expanded
from ayon_proxy.policy.invalidation.unannounced import eventless, scanned, unstored
from tests.demo.corpus import AVAILABLE, FOLDER, Record, document, requires_corpus

ID = re.compile(r"[0-9a-f]{32}")

NEVER_STORED = re.compile(
    r"/api/(addons/install|config/|events/|info|secrets|users/[^/]+/(apikeys|avatar)$)"
)
"""Passed on by the route table, or (avatars) with a short lifetime and no event at all."""

RIGHTS = re.compile(r"/api/(users/|access$|projects/[^/]+/users/)")
"""Writes that change what somebody may see. The answers given before stay right for whoever has
the rights they were given under; only answers about users and rights themselves are wrong."""

PAGING = {"ids", "first", "last", "after", "before"}
"""Arguments that neither filter nor sort."""

LISTS = ("lists without a parent",)
SHOWN = ("shows entities", "shows or matches paths", "shows names of statuses or types")
FOLDER_LIST = (
    *LISTS,
    *SHOWN,
    "shows what other types move",
    "shows attributes of folders or tasks",
)
ENTITY = (
    "asked by id",
    *SHOWN,
    "shows what other types move",
    "shows attributes of folders or tasks",
)
ACTIVITIES = ("asked by id", "shows activities of entities", "lists activities")
ENTITY_LIST = ("shows an entity list", "shows entities")
OF_PROJECT_RECORD = ("shows the project itself",)
TYPE = r"(?P<type>folder|task|product|version|representation|workfile)s"

REST: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (r"(hierarchy|folders)$", FOLDER_LIST, "folder"),
    (TYPE + r"/(?P<asked>\w{32})$", ENTITY, ""),
    (TYPE + r"/(?P<asked>\w{32})/thumbnail$", ("is the image of a thumbnail",), ""),
    (TYPE + r"/(?P<asked>\w{32})/reviewables$", ACTIVITIES, ""),
    (r"(?P<type>task)/(?P<asked>\w{32})/watchers$", ACTIVITIES, ""),
    (r"thumbnails/\w{32}$", ("is a thumbnail by its own id",), "version"),
    (r"lists/(?P<list>\w{32})(/\w+)?$", ENTITY_LIST, "version"),
    (r"entityListFolders$", ("lists entity lists",), ""),
    (r"links/types$", ("lists links, or filters by them",), ""),
    (r"repreContextFilter$", (*LISTS, "shows entities"), "representation"),
    (r"tags$", (*OF_PROJECT_RECORD, *LISTS), "folder"),
    (r"thumbnail$", ("shows the project itself",), ""),
    (r"files/", (), ""),
    (r"(bundle)$", ("bundles",), ""),
    (r"(roots|siteRoots)$", ("sites",), ""),
    (r"(teams|users)$", ("users",), ""),
    (r"$", OF_PROJECT_RECORD, ""),
)
"""What follows `/api/projects/{project}/` → rows of `carried`, and the type if it names none."""

STUDIO: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"/api/projects$|/api/projectFolders", ("projects",)),
    (r"/api/users/|/api/accessGroups", ("users",)),
    (r"/api/settings|/api/addons/\w+/[^/]+/", ("settings",)),
    (r"/api/bundles", ("bundles",)),
    (r"/api/addons$|/addons/", ("addons",)),
    (r"/api/attributes", ("attributes",)),
    (r"/api/anatomy/", ("anatomy",)),
    (r"/api/desktop/dependencyPackages", ("packages",)),
    (r"/api/desktop/installers", ("installers",)),
    (r"/api/system/sites", ("sites",)),
    (r"/api/(services|hosts)", ("services",)),
    (r"/api/views", ("views",)),
    (r"/api/system/restartRequired", ("restart",)),
)

ROOTS = {
    "projects": "projects",
    "users": "users",
    "inbox": "inbox",
    "productTypes": "product types",
}
"""Root field of GraphQL → the row of the studio. `events` are never stored."""


class Read(NamedTuple):
    """A recorded read with what it carries."""

    question: str
    tags: frozenset[str]
    before: Any
    after: Any
    limited: bool
    """Asked by somebody whose rights are limited, about a project."""

    @property
    def changed(self) -> bool:
        return bool(self.after != "same as before" and alike(self.before) != alike(self.after))


def alike(answer: Any) -> Any:
    """An answer without what differs between equal ones: order of sets, the time it took."""
    if isinstance(answer, dict):
        return {key: alike(value) for key, value in answer.items() if key != "detail"}
    if isinstance(answer, list):
        parts = [alike(value) for value in answer]
        return sorted(parts, key=repr) if all(isinstance(each, str) for each in parts) else parts
    return answer


def shown_ids(answer: Any) -> Iterator[str]:
    """Every id in an answer, whatever its type."""
    if isinstance(answer, dict):
        for each in answer.values():
            yield from shown_ids(each)
    elif isinstance(answer, list):
        for each in answer:
            yield from shown_ids(each)
    elif isinstance(answer, str) and ID.fullmatch(answer):
        yield answer


def rows(names: Iterable[str], **values: Any) -> frozenset[str]:
    """The tags of rows of `carried`, of projects or of the studio."""
    given = {key: (value,) if isinstance(value, str) else value for key, value in values.items()}
    tags = set[str]()
    for name in names:
        row = carried.OF_PROJECTS.get(name) or carried.OF_THE_STUDIO[name]
        found = expanded(row.tags, {"shown": (), "asked": (), "parent": (), **given})
        assert found is not None, (name, values)
        tags |= found
    return frozenset(tags)


def rest_tags(path: str, answer: Any) -> frozenset[str]:
    """What an answer to GET (and to the reads by POST) carries."""
    project_path = re.fullmatch(r"/api/projects/([^/]+)/?(.*)", path)
    if path == "/api/resolve":
        return frozenset[str]().union(
            *(
                rows(("asked by path, not found", "asked by path, found"), **values)
                for values in (
                    {"project": "rec_one", "type": each, "shown": tuple(shown_ids(answer))}
                    for each in ("folder", "product", "version", "representation")
                )
            )
        )
    if project_path is None:
        fitting = [names for pattern, names in STUDIO if re.match(pattern, path)]
        assert fitting, path
        return rows(fitting[0]) | {"studio", "answers"}
    project, rest = project_path[1].lower(), project_path[2]
    always = {f"project:{project}"}
    if not rest.startswith("files/"):
        always |= {f"answers:{project}", "answers"}
    for pattern, names, entity_type in REST:
        match = re.match(pattern, rest)
        if match is not None:
            values = {"type": entity_type, **match.groupdict()}
            shown = tuple(shown_ids(answer))
            return rows(names, project=project, shown=shown, **values) | always
    raise AssertionError(path)


def selections(field: FieldNode | OperationDefinitionNode) -> list[FieldNode]:
    found = field.selection_set.selections if field.selection_set else ()
    return [each for each in found if isinstance(each, FieldNode)]


def arguments(field: FieldNode) -> dict[str, Any]:
    return {each.name.value: value_from_ast_untyped(each.value) for each in field.arguments or ()}


def names_below(field: FieldNode) -> set[str]:
    """Names of the fields selected anywhere below."""
    return {each.name.value for each in selections(field)}.union(
        *(names_below(each) for each in selections(field))
    )


def graphql_tags(query: str, answer: Any) -> frozenset[str]:
    """What the answer to a question carries. Only as much of GraphQL as was recorded."""
    (operation,) = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    tags = {"answers"}
    for root in selections(operation):
        if root.name.value == "project":
            project = str(arguments(root)["name"]).lower()
            tags |= {f"project:{project}", f"answers:{project}"}
            data = (answer.get("data") or {}).get("project") or {}
            for field in selections(root):
                tags |= connection_tags(project, field, data.get(field.name.value))
        elif root.name.value == "kanban":
            for each in arguments(root)["projects"]:
                tags |= rows(
                    (*LISTS, *SHOWN), project=each, type="task", shown=[*shown_ids(answer)]
                )
        else:
            tags |= rows((ROOTS[root.name.value],)) | {"studio"}
    return frozenset(tags)


def connection_tags(project: str, field: FieldNode, answer: Any) -> frozenset[str]:
    """What one field of a project adds."""
    name, given, shown = field.name.value, arguments(field), tuple(shown_ids(answer))
    values: dict[str, Any] = {"project": project, "shown": shown}
    if name == "activities":
        values |= {"asked": given["entityIds"]}
        return rows(("shows activities of entities",), **values)
    if name == "links":
        return rows(("lists links, or filters by them",), **values)
    if name == "linkTypes":
        return rows(("lists links, or filters by them", *OF_PROJECT_RECORD), **values)
    if name == "entityLists":
        return rows(("lists entity lists",), **values)
    if name == "productTypes":
        return rows((*OF_PROJECT_RECORD, *LISTS, "product types"), type="product", **values)
    if name not in carried.PARENTS:
        return rows(OF_PROJECT_RECORD, **values)
    entity_type, parents = carried.PARENTS[name]
    values |= {"type": entity_type}
    facts = ["shows entities"]
    if "ids" in given:
        facts.append("asked by id")
        values["asked"] = given["ids"]
    elif parents in given:
        facts.append("lists under a parent")
        values["parent"] = given[parents]
        if given.keys() - PAGING - {parents}:
            facts.append("lists under a parent, filtered or sorted")
    else:
        facts.append("lists without a parent")
    if "hasLinks" in given:
        facts.append("lists links, or filters by them")
    fields = names_below(field)
    if fields & carried.DERIVED_FIELDS.get(entity_type, frozenset()):
        facts.append("shows what other types move")
    if fields & carried.PATH_FIELDS:
        facts.append("shows or matches paths")
    if fields & carried.VOCABULARY_FIELDS:
        facts.append("shows names of statuses or types")
    if fields & carried.INHERITED_FIELDS:
        inherits = entity_type in {"folder", "task"}
        facts.append("shows attributes of folders or tasks" if inherits else "shows attributes")
    if "links" in fields:
        facts.append("shows links of entities")
    return rows(facts, **values)


def reads(mutation: Record) -> Iterator[Read]:
    """The reads of a mutation that a cache may answer."""
    for read in mutation["reads"]:
        request, before = read["request"], read["before"]
        path, body = request["path"], before.get("body")
        if NEVER_STORED.match(path) or "events(" in str(request.get("body")):
            continue
        if path == "/graphql":
            tags = graphql_tags(request["body"]["query"], body)
            question = request["body"]["query"]
        else:
            tags, question = rest_tags(path, body), f"{path}?{request['query']}"
        if "rec_acl" in question and read["identity"] == "artist":
            tags |= rows(("is limited by `assigned` rules",), project="rec_acl")
        after = read["after"]
        same = isinstance(after, str)
        content = after if same else [after["status"], after.get("body"), after.get("body_sha256")]
        limited = read["identity"] == "artist" and "studio" not in tags
        before = [before["status"], body, before.get("body_sha256")]
        yield Read(question, tags, before, content, limited)


@cache
def mutations() -> list[tuple[str, Record]]:
    families = sorted(each.stem for each in (FOLDER / "mutations").glob("*.json"))
    return [
        (f"{family}/{each['name']}", each)
        for family in (families if AVAILABLE else [])
        for each in document(f"mutations/{family}.json")
    ]


def announced(mutation: Record) -> frozenset[str]:
    """What the messages to the service key invalidate."""
    messages = [each["message"] for each in mutation["ws"]]
    return frozenset[str]().union(*(tags_of(each).now for each in messages))


def missed(mutation: Record) -> list[Read]:
    """Reads that changed although no event invalidates a tag they carry."""
    found = announced(mutation)
    return [each for each in reads(mutation) if each.changed and not each.tags & found]


def nodes(answer: Any) -> Iterator[dict[str, Any]]:
    """Everything in an answer that has an id and a time of change."""
    if isinstance(answer, dict):
        if isinstance(answer.get("id"), str) and "updatedAt" in answer:
            yield answer
        for each in answer.values():
            yield from nodes(each)
    elif isinstance(answer, list):
        for each in answer:
            yield from nodes(each)


TYPE_BY_FIELD = {
    "folderType": "folder",
    "taskType": "task",
    "productType": "product",
    "productId": "version",
    "versionId": "representation",
    "files": "representation",
}
PARENT_FIELDS = {
    "folder": "parentId",
    "task": "folderId",
    "product": "folderId",
    "version": "productId",
    "representation": "versionId",
    "workfile": "taskId",
}


def found_by_scan(mutation: Record) -> frozenset[str]:
    """What a scan invalidates: every entity whose `updatedAt` moved in some recorded answer."""
    tags = set[str]()
    for read in mutation["reads"]:
        if isinstance(read["after"], str) or NEVER_STORED.match(read["request"]["path"]):
            continue
        earlier = {each["id"]: each["updatedAt"] for each in nodes(read["before"])}
        project = re.search(r'projects/(\w+)|project\(name:\\?"(\w+)', json.dumps(read["request"]))
        for each in nodes(read["after"]):
            if earlier.get(each["id"], each["updatedAt"]) != each["updatedAt"]:
                assert project is not None
                entity_type = next(
                    (of for field, of in TYPE_BY_FIELD.items() if field in each), "workfile"
                )
                name = project[1] or project[2]
                parent = each.get(PARENT_FIELDS[entity_type])
                tags |= scanned(name, entity_type, each["id"], parent)
    return frozenset(tags)


@requires_corpus
@pytest.mark.parametrize(
    "mutation",
    [pytest.param(each, id=name) for name, each in mutations() if each["ws"]],
)
def test_what_an_event_changed_is_invalidated_by_it(mutation: Record) -> None:
    assert [each.question for each in missed(mutation)] == []


@requires_corpus
@pytest.mark.parametrize("mutation", [pytest.param(each, id=name) for name, each in mutations()])
def test_what_no_event_reaches_is_found_by_a_scan_or_has_a_short_lifetime(
    mutation: Record,
) -> None:
    projects = {tag[8:] for each in reads(mutation) for tag in each.tags if tag[:8] == "project:"}
    written = mutation["exchanges"][mutation["write"]]["request"]["path"]
    of_rights = bool(RIGHTS.match(written))
    instead = found_by_scan(mutation) | eventless(projects) | unstored(projects)
    left = [each for each in missed(mutation) if not each.tags & instead]
    assert [each.question for each in left if not (of_rights and each.limited)] == []


@requires_corpus
def test_the_recorded_changes_are_really_looked_at() -> None:
    changed = [each for _, mutation in mutations() for each in reads(mutation) if each.changed]
    by_events = sum(
        bool(each.tags & announced(mutation))
        for _, mutation in mutations()
        for each in reads(mutation)
        if each.changed
    )
    print(f"\n{len(changed)} changed answers, {by_events} reached by events")
    assert len(changed) > 500
    assert by_events > 400
