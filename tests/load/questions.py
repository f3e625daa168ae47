"""What clients ask, and what an answer must say: found out beforehand, without the proxy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ayon_proxy.demo.film import FILM, PASSWORDS, SECRET, SERVICE_KEY
from tests.load.connection import Answered, Connection

DIRECT = b"X-Direct: 1\r\n"
SHIFTING = frozenset({"label", "updatedAt", "updatedBy", "lastSeen", "password"})
"""Members that writes move, or the clock does; and hashes: they are taken out of what is stored."""


OFTEN = 12
"""How much more often than others each process's first questions are asked."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: whole header lines. `known` is False for those whom upstream refuses."""

    name: str
    fields: bytes
    known: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """`name` is its kind, for people; `field` whole header lines beside the credential."""

    name: str
    target: bytes
    body: bytes = b""
    field: bytes = b""

    @property
    def method(self) -> bytes:
        """POST where there is a body."""
        return b"POST" if self.body else b"GET"


async def identities(direct: Connection) -> list[Identity]:
    """The caller kinds of a studio: a farm's, artists', nobody's, and somebody who guesses."""
    found = [
        Identity("service", b"X-Api-Key: %b\r\n" % SERVICE_KEY.encode()),
        Identity("as artist", b"X-Api-Key: %b\r\nX-As-User: artist\r\n" % SERVICE_KEY.encode()),
        Identity("as lighter", b"X-Api-Key: %b\r\nX-As-User: lighter\r\n" % SERVICE_KEY.encode()),
        Identity("nobody", b"", known=False),
        Identity("guessed key", b"X-Api-Key: %b\r\n" % (b"0" * 32), known=False),
        Identity("guessed token", b"Authorization: Bearer %b\r\n" % (b"f" * 64), known=False),
    ]
    for name, password in PASSWORDS.items():
        login = json.dumps({"name": name, "password": password}).encode()
        told = await direct.ask(
            b"POST", b"/api/auth/login", DIRECT + b"Content-Type: application/json\r\n", login
        )
        token = json.loads(told.body)["token"].encode()
        found.append(Identity(name, b"Authorization: Bearer %b\r\n" % token))
    return found


async def entities(direct: Connection, service: Identity) -> dict[str, list[str]]:
    """Ids by what they are."""

    async def nodes(connection: str, fields: str) -> list[dict[str, Any]]:
        asked = graphql("", f"{connection} {{ edges {{ node {{ {fields} }} }} }}")
        told = await direct.ask(
            asked.method, asked.target, DIRECT + asked.field + service.fields, asked.body
        )
        edges = json.loads(told.body)["data"]["project"][connection]["edges"]
        return [edge["node"] for edge in edges]

    folders = await nodes("folders", "id thumbnailId hasTasks")
    products = await nodes("products", "id")
    return {
        "folders": [each["id"] for each in folders],
        "pictures": [each["id"] for each in folders if each["thumbnailId"]],
        "with tasks": [each["id"] for each in folders if each["hasTasks"]],
        "tasks": [each["id"] for each in await nodes("tasks", "id")],
        "products": [each["id"] for each in products],
    }


def graphql(name: str, fields: str) -> Question:
    """A question about the film."""
    query = f'query Asked {{ project(name: "{FILM}") {{ {fields} }} }}'
    body = json.dumps({"query": query}).encode()
    return Question(name, b"/graphql", body, b"Content-Type: application/json\r\n")


def questions(ids: dict[str, list[str]]) -> Iterator[Question]:
    """All that is asked, in REST and in GraphQL: answers that change and such that do not."""

    def get(name: str, path: str, field: bytes = b"") -> Question:
        return Question(name, path.encode(), field=field)

    project = f"/api/projects/{FILM}"
    for each in ids["folders"]:
        yield get("folder", f"{project}/folders/{each}")
        yield graphql(
            "g folders below",
            f'folders(parentIds: ["{each}"]) {{ edges {{ node {{ id name label path }} }} }}',
        )
    for each in ids["tasks"]:
        yield get("task", f"{project}/tasks/{each}")
    for each in ids["with tasks"]:
        yield graphql(
            "g tasks",
            f'tasks(folderIds: ["{each}"]) {{ edges {{ node {{ id name label status }} }} }}',
        )
        yield graphql(
            "g products",
            f'products(folderIds: ["{each}"]) {{ edges {{ node {{ id name productType }} }} }}',
        )
    for each in ids["pictures"]:
        yield get("thumbnail", f"{project}/folders/{each}/thumbnail")
    for each in ids["products"][:20]:
        yield get("product", f"{project}/products/{each}")
    for each in ids["products"][:4]:
        yield graphql(
            "g latest",
            f'versions(productIds: ["{each}"], latestOnly: true) '
            "{ edges { node { id version } } }",
        )
    for _ in range(OFTEN):
        yield get("me", "/api/users/me")
        yield get("projects", "/api/projects")
        yield get("project", project)
        yield get("attributes", "/api/attributes")
        yield get("bundles", "/api/bundles")
        yield get("packages", "/api/desktop/dependencyPackages")
    yield get("secret", f"/api/projects/{SECRET}")
    yield get("addon file", "/addons/film_tools/1.0.0/private/client.zip")
    yield get("range", "/api/desktop/installers/AYON-1.2.0-linux.tar.gz", b"Range: bytes=9-999\r\n")
    yield get("none", f"{project}/folders/{'0' * 32}")


@dataclass(frozen=True, slots=True)
class Expected:
    """What upstream says without a proxy before it. `rest` is all but what shifts; `labels` the
    entities whose labels are shown."""

    status: int
    rest: object
    labels: frozenset[str]


def told(answer: Answered) -> tuple[object, dict[str, object]]:
    """What an answer says: all but what shifts, and the labels that it shows by entity id."""
    if not answer.fields.get(b"content-type", b"").startswith(b"application/json"):
        return answer.body, {}
    labels: dict[str, object] = {}
    return _rest(json.loads(answer.body), labels), labels


def _rest(value: Any, labels: dict[str, object]) -> Any:
    if isinstance(value, list):
        return [_rest(each, labels) for each in value]
    if not isinstance(value, dict):
        return value
    if "label" in value and "id" in value:
        labels[value["id"]] = value["label"]
    return {
        name: _rest(each, labels)
        for name, each in value.items()
        if name not in SHIFTING and not name.startswith("apiKey")
    }
