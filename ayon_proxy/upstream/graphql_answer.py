"""Reading GraphQL answers that nobody has checked: anything else than expected is FeedFailed."""

from __future__ import annotations

from typing import Any

from ayon_proxy.errors import FeedFailed


def data_of(content: Any) -> dict[str, Any]:
    """The data of an answer without errors."""
    answer = object_of(content)
    if answer.get("errors"):
        raise FeedFailed("upstream answers the feed's question with an error")
    return object_of(answer.get("data"))


def edges_of(connection: Any) -> list[dict[str, Any]]:
    """The edges of a connection."""
    edges = object_of(connection).get("edges")
    if not isinstance(edges, list):
        raise FeedFailed("upstream's answer to the feed cannot be understood")
    return [object_of(each) for each in edges]


def object_of(value: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise FeedFailed("upstream's answer to the feed cannot be understood")
    return value
