"""What is asked in the permission matrix: every read of the route table, and GraphQL questions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind, Share
from ayon_proxy.policy.sharing import sharing
from ayon_proxy.policy.shown.examining import examined
from tests.clients.outcomes import plain
from tests.clients.subjects import Subjects
from tests.clients.sweep import OF_EACH_EXCHANGE, Answer, targets

_DOCUMENTS = DocumentMemory()


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that is asked."""

    target: str
    """Path and query."""
    query: str = ""
    """GraphQL, asked by POST."""

    def __str__(self) -> str:
        return self.query or self.target

    @property
    def stored(self) -> bool:
        """Whether the proxy may store what is answered."""
        path = self.target.partition("?")[0]
        row = classify(Request("POST" if self.query else "GET", path.encode())).route
        return row.kind in (Kind.STORE, Kind.FILE, Kind.QUESTION)

    @property
    def share(self) -> Share:
        """What the tables say of it."""
        if not self.query:
            path, _, query = self.target.partition("?")
            request = Request("GET", path.encode(), query.encode())
            return sharing(classify(request).route, request)
        found = question(json.dumps({"query": self.query}).encode(), _DOCUMENTS)
        assert isinstance(found, Question), found
        return examined(found).share

    @property
    def deciding(self) -> bool:
        """Whether it goes to upstream whenever that is there."""
        if not self.query:
            return False
        found = question(json.dumps({"query": self.query}).encode(), _DOCUMENTS)
        assert isinstance(found, Question), found
        return bool(examined(found).deciding)

    def ask(self, client: httpx.Client) -> tuple[Answer, str]:
        """What is answered, and its Cache-Status. Redirects are followed, as the proxy does."""
        if self.query:
            got = client.post(self.target, json={"query": self.query})
        else:
            # A package as a whole takes as long as thirty other things.
            part = {"range": "bytes=0-1023"} if "dependencyPackages/" in self.target else {}
            got = client.get(self.target, headers=part, follow_redirects=True)
        fields = {
            name: value for name, value in got.headers.items() if name not in OF_EACH_EXCHANGE
        }
        is_json = fields.get("content-type", "").startswith("application/json")
        body = plain(json.loads(got.content)) if is_json else plain(got.content)
        return Answer(got.status_code, fields, body), got.headers.get("cache-status", "")


def reads(s: Subjects) -> list[Read]:
    """All of them; what is never stored comes last, since some of it drops what is stored (whoever
    asks for a batch of operations that nobody has sent, for one)."""
    found = [*map(Read, targets(s)), *(Read("/graphql", each) for each in _questions(s))]
    return sorted(found, key=lambda each: not each.stored)


_LINKED = """links {edges {id entityType entityId direction
    node {id name ... on FolderNode {attrib {fps}} ... on TaskNode {assignees}}}}"""

_OF_PROJECT = (
    "name code data config attrib {fps frameStart} allAttrib statuses {name} usedTags",
    "folders {edges {node {id path attrib {fps frameStart} allAttrib ownAttrib childCount}}}",
    "folders(first: 3) {edges {cursor node {id}} pageInfo {endCursor hasNextPage}}",
    "tasks {edges {node {id name assignees attrib {fps frameStart} folder {path}}}}",
    "products {edges {node {id name versions {edges {node {id attrib {fps}}}}}}}",
    "versions {edges {node {id author allAttrib product {name} task {name}}}}",
    "representations {edges {node {id name files {path}}}}",
    "workfiles {edges {node {id path task {name assignees}}}}",
    f"versions {{edges {{node {{id {_LINKED}}}}}}}",
    "links {edges {id inputNode {id} outputNode {id}}}",
    "activities {edges {node {activityId body author {name attrib {fullName}}}}}",
    "entityLists {edges {node {id label accessLevel items {edges {node {id}}}}}}",
    "versions {edges {node {id latestComments {body author}}}}",
)


def _questions(s: Subjects) -> Iterator[str]:
    for selection in _OF_PROJECT:
        yield f'{{project(name: "{s.project}") {{{selection}}}}}'
    for kind, selection in (
        ("folder", "id path allAttrib"),
        ("task", "id name assignees"),
        ("product", "id name folder {id path}"),
        ("version", "id name author"),
        ("representation", "id name"),
        ("workfile", "id path"),
    ):
        wanted = getattr(s, kind)
        yield f'{{project(name: "{s.project}") {{{kind}(id: "{wanted}") {{{selection}}}}}}}'
    yield f'{{project(name: "{s.other_project}") {{name folders {{edges {{node {{id}}}}}}}}}}'
    yield f'{{project(name: "{s.project.upper()}") {{name folders {{edges {{node {{id}}}}}}}}}}'
    yield f'{{project(name: "{"_" * len(s.project)}") {{name folders {{edges {{node {{id}}}}}}}}}}'
    yield f'{{projects(name: "{s.project}") {{edges {{node {{name data allAttrib}}}}}}}}'
    yield "{projects {edges {node {name folders {edges {node {id}}}}}}}"
    yield "{productTypes {name}}"
    yield "{me {name isManager accessGroups}}"
    yield "{users {edges {node {name attrib {fullName email} accessGroups isAdmin}}}}"
    yield f'{{users(projectName: "{s.project}") {{edges {{node {{name accessGroups}}}}}}}}'
    yield f'{{kanban(projects: ["{s.project}"]) {{edges {{node {{id name assignees}}}}}}}}'
