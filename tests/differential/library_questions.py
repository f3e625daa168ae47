"""The GraphQL questions of AYON's client library, made by the library itself.

A call of `ServerAPI` is begun; the question it would ask is taken and the call is left. Ids
stand in any order in it, fields in the order of this process: as between two processes of a farm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ayon_api

from tests.clients.calls.call import Call


class Asked(Exception):
    """The library wants to ask this."""

    def __init__(self, query: str, variables: Mapping[str, Any]) -> None:
        super().__init__("asked")
        self.query = query
        self.variables = variables


class Asking(ayon_api.ServerAPI):  # type: ignore[misc]  # the library has no types
    """A connection that never asks anything by GraphQL."""

    def query_graphql(self, query: str, variables: dict[str, Any] | None = None) -> None:
        """Leave the call."""
        raise Asked(query, variables or {})


class LibraryQuestions:
    """Made once for a server: the library reads version and attributes from it first.

    It blocks while it does so: not for the event loop in which the server runs.
    """

    def __init__(self, url: str, key: str) -> None:
        self._connection = Asking(url, token=key)
        self._connection.get_info()
        self._connection.get_attributes_schema()
        self._attributes = self._connection.get_attributes_schema()

    def question(self, call: Call) -> tuple[str, Mapping[str, Any]] | None:
        """Query and variables of a call; None when it asks nothing."""
        made = getattr(self._connection, call.method)
        try:
            found = made(*call.args, **call.kwargs)
            if isinstance(found, Iterable):
                for _ in found:
                    break
        except Asked as asked:
            return asked.query, asked.variables
        return None
