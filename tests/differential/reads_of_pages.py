"""TABLE: questions as the web client writes them: nested connections, pages, aliases, counts."""

from __future__ import annotations

from functools import partial

from tests.differential.reads import Read, ReadKind, question
from tests.differential.world import World

NESTED = (
    """query N($p: String!, $ids: [String!]!) { project(name: $p) { name
      folders(ids: $ids) { edges { node { id name path status hasTasks hasProducts
        products(first: 20) { edges { node { id name latestVersion { id version status }
          versions(first: 20) { edges { node { id version status isLatest } } } } } }
        tasks { edges { node { id name status assignees } } } } } } } }""",
    """query N($p: String!, $ids: [String!]!) { project(name: $p) {
      some: folders(ids: $ids) { edges { node { id ...shown } } }
      all: folders(first: 5) { edges { cursor node { ...shown } } pageInfo { hasNextPage } } } }
      fragment shown on FolderNode { label status tags childCount taskCount updatedAt }""",
    """query N($p: String!, $ids: [String!]!) { project(name: $p) { code
      folders(parentIds: $ids) { edges { node { id name ownAttrib
        attrib { frameStart frameEnd } } } }
      tasks(folderIds: $ids) { edges { node { id name hasReviewables
        attrib { frameEnd } } } } } }""",
    """query N($p: String!, $ids: [String!]!) { project(name: $p) {
      versions(folderIds: $ids, latestOnly: true) { edges { node { id version
        product { name folder { path } } task { name status } thumbnailId } } } } }""",
)
ONE = (
    "folder(id: $id) { id name path status allAttrib tasks { edges { node { id name } } } }",
    "folder(id: $id) { id type: folderType parents products { edges { node { id name } } } }",
)
PAGED = (
    ("folders", "id name path"),
    ("tasks", "id name status folder { name }"),
    ("products", "id name productType"),
    ("versions", "id version updatedAt product { name }"),
    ("representations", "id name"),
    ("workfiles", "id path"),
    ("activities", "activityId body"),
    ("entityLists", "id label count"),
)


def _nested(world: World) -> Read:
    variables = {"p": world.project, "ids": world.ids("folder")}
    return question("graphql nested", world.random.choice(NESTED), variables)


def _one(world: World) -> Read:
    folder = world.some("folder")
    query = (
        f"query One($p: String!, $id: String!) {{ project(name: $p) {{ {world.any_of(ONE)} }} }}"
    )
    return question("graphql one", query, {"p": world.project, "id": folder["id"]})


def _page(world: World) -> Read:
    """A page by cursor; cursors of folders are their places, so that any may be asked for."""
    connection, fields = world.random.choice(PAGED)
    first = world.random.choice((3, 10))
    which = world.random.choice(("first", "last"))
    query = (
        f"query Page($p: String!, $n: Int!) {{ project(name: $p) {{ {connection}({which}: $n) "
        f"{{ edges {{ cursor node {{ {fields} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    )
    return question("graphql pages", query, {"p": world.project, "n": first})


def _counted(world: World, connection: str) -> Read:
    query = (
        f"query Sorted($p: String!) {{ project(name: $p) {{ {connection}(first: 8, sortBy: "
        '"updatedAt") { edges { node { id updatedAt } } } } }'
    )
    return question("graphql sorted", query, {"p": world.project})


KINDS = (
    ReadKind("nested", _nested, 6),
    ReadKind("one", _one, 2),
    ReadKind("pages", _page, 5),
    *(
        ReadKind(f"sorted {each}", partial(_counted, connection=each), 1)
        for each in ("folders", "tasks", "versions")
    ),
)
