"""`product.featuredVersion`: the version a browser shows first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ayon_proxy.demo.derivations import hero_of, is_done, versions_of
from ayon_proxy.demo.entities import Version
from ayon_proxy.demo.graphql.question import Info, Node
from ayon_proxy.demo.project import Project

DEFAULT_ORDER = ("latestDone", "hero", "latest")

QUALIFIES: Mapping[str, Callable[[Project, Version], bool]] = {
    "latestDone": lambda project, version: is_done(project, version.status),
    "hero": lambda project, version: version.version >= 0 and hero_of(project, version) is not None,
    "latest": lambda _, version: version.version >= 0,
}


def featured_version(node: Node, _: Info, order: list[str] | None = None) -> Node | None:
    """The highest version with the first feature that any version has.

    The feature `hero` means the version the hero was made of. A product that was not found by
    a connection has no featured version (server.md 6).
    """
    if not node.listed:
        return None
    versions = versions_of(node.project, node.entity.id)[::-1]
    for feature in order or DEFAULT_ORDER:
        for version in versions:
            if feature in QUALIFIES and QUALIFIES[feature](node.project, version):
                extra = {"featuredVersionType": feature}
                return Node(node.project, "version", version, extra=extra)
    return None
