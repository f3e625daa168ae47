"""Which row of the route table a request is, and what that row says of this request.

Literal segments win over names, names over `{rest:path}`; the order of rows means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ayon_proxy.policy import tags
from ayon_proxy.policy.invalidation.event import entity_id
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.routes.rows import UNSAFE
from ayon_proxy.policy.routes.table import ROUTES
from ayon_proxy.policy.routes.unlisted import SAFE_REQUEST, UNSAFE_REQUEST
from ayon_proxy.policy.segments import segments

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110 section 9.2.1. A method nobody knows is not safe."""


@dataclass(frozen=True, slots=True)
class Classified:
    """A request with its row.

    `params` are the decoded values of the pattern's names. `tags` is the packed column a stored
    answer carries, empty where the row stores nothing as a whole (for a resolved URI, which names
    its own project, see `packed_tags`).
    """

    route: Route
    params: Mapping[str, str]
    tags: bytes
    safe: bool
    """Whether the request may be sent again where nobody can tell whether it arrived."""


def classify(request: Request) -> Classified:
    """Never raises, whatever the bytes. HEAD is classified as GET."""
    method = "GET" if request.method == "HEAD" else request.method
    path = segments(request.path)
    found = None if path is None else _TRIE.find(path, 0, method, ())
    if found is None:
        route = SAFE_REQUEST if request.method in SAFE_METHODS else UNSAFE_REQUEST
        params: dict[str, str] = {}
    else:
        row, values = found
        route = row.route
        params = dict(zip(row.names, values, strict=True))
    stores = route.kind in (Kind.STORE, Kind.FILE)
    return Classified(
        route,
        params,
        packed_tags(route, params) if stores else b"",
        request.method in SAFE_METHODS if route.safe is None else route.safe,
    )


def packed_tags(route: Route, params: Mapping[str, str]) -> bytes:
    """The tags a stored answer of that row carries. Raises KeyError when a name has no value."""
    return tags.pack((*bound(route.tags, params), tags.EVERYTHING))


def bound(templates: Iterable[str], params: Mapping[str, str]) -> list[str]:
    """Tags with the values in place of their names, spelled as in events."""
    values = as_in_events(params)
    return [template.format_map(values) for template in templates]


def as_in_events(params: Mapping[str, str]) -> dict[str, str]:
    """The values of a pattern's names as events spell them.

    AYON matches projects without case, ids of lists in any spelling that PostgreSQL takes, and
    types with and without an `s` at their end.
    """
    return {name: _as_in_events(name, value) for name, value in params.items()}


def _as_in_events(name: str, value: str) -> str:
    if name == "project":
        return value.lower()
    if name == "entity_type":
        return value.rstrip("s")
    return entity_id(value) if name.endswith("_id") else value


@dataclass(frozen=True, slots=True)
class _Row:
    route: Route
    names: tuple[str, ...]


_Found = tuple[_Row, tuple[str, ...]]


@dataclass(slots=True)
class _Node:
    """One segment of the patterns. Rows by method, for paths that end here or go on in `rest`."""

    literals: dict[str, _Node] = field(default_factory=dict)
    named: _Node | None = None
    ends: dict[str, _Row] = field(default_factory=dict)
    rest: dict[str, _Row] = field(default_factory=dict)

    def add(self, route: Route) -> None:
        node, names = self, []
        rows = None
        for part in route.pattern.split("/")[1:]:
            if part.endswith(":path}"):
                names.append(part[1 : -len(":path}")])
                rows = node.rest
            elif part.startswith("{"):
                names.append(part[1:-1])
                node.named = node.named or _Node()
                node = node.named
            elif part:
                node = node.literals.setdefault(part, _Node())
        rows = node.ends if rows is None else rows
        for method in route.methods:
            if method in rows:
                raise ValueError(f"two rows for {method} {route.pattern}")
            rows[method] = _Row(route, tuple(names))

    def find(self, path: list[str], at: int, method: str, values: tuple[str, ...]) -> _Found | None:
        if at == len(path):
            row = _row_for(self.ends, method)
            return None if row is None else (row, values)
        segment = path[at]
        found = None
        if (literal := self.literals.get(segment)) is not None:
            found = literal.find(path, at + 1, method, values)
        if found is None and self.named is not None:
            found = self.named.find(path, at + 1, method, (*values, segment))
        if found is None and (row := _row_for(self.rest, method)) is not None:
            found = row, (*values, "/".join(path[at:]))
        return found


def _row_for(rows: Mapping[str, _Row], method: str) -> _Row | None:
    row = rows.get(method)
    return rows.get(UNSAFE) if row is None and method not in SAFE_METHODS else row


def _trie(routes: Iterable[Route]) -> _Node:
    root = _Node()
    for route in routes:
        root.add(route)
    return root


_TRIE = _trie(ROUTES)
