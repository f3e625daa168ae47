"""Makes a document of a query's text.

Of `graphql-core` only the parser is needed: what a schema would tell is not known here, as studios
have fields of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256

from graphql import GraphQLError
from graphql.language import FragmentDefinitionNode, OperationDefinitionNode, parse

from ayon_proxy.policy.graphql.bounds import MOST_TEXT, MOST_TOKENS
from ayon_proxy.policy.graphql.document import Definition, Document, Variable
from ayon_proxy.policy.graphql.encoding import (
    definition_bytes,
    directives_bytes,
    framed,
    name_of,
    selections_bytes,
    text_bytes,
)
from ayon_proxy.policy.graphql.literals import as_set, directives
from ayon_proxy.policy.graphql.operations import executable, running, selects, variables
from ayon_proxy.policy.graphql.shaping import Shaping
from ayon_proxy.policy.graphql.unreadable import NotAQuestion

ORDER_COUNTS = "ownAttrib"
"""Where this is selected, upstream's values depend on the order of fields: attributes selected
before it are written into what it shows (server.md 6)."""


def document_of(text: str, operation_name: str | None) -> Document:
    """Raises NotAQuestion for what is not a query, or one that upstream is certain to refuse."""
    if len(text) > MOST_TEXT:
        raise NotAQuestion("the query is too long")
    try:
        parsed = parse(text, no_location=True, max_tokens=MOST_TOKENS)
    except (GraphQLError, RecursionError) as error:
        raise NotAQuestion("the query can't be parsed") from error
    queries, fragments = executable(parsed)
    query = running(queries, operation_name)
    shaping = Shaping(fragments, in_order=selects(parsed, ORDER_COUNTS))
    shaped = shaping.selections(query.selection_set)
    others = [_query_bytes(each, shaping) for each in queries if each is not query]
    unused = [fragments[name] for name in fragments.keys() - shaping.reached]
    others += [_fragment_bytes(each, shaping) for each in unused]
    defined = variables(query)
    slots = _Slots(defined)
    parts = (
        directives_bytes(directives(query.directives), slots),
        selections_bytes(shaped.selections, slots),
        b"".join(map(slots.declared, slots.found)),
        _definitions_bytes(defined, but=slots.names),
        *sorted(others),
    )
    return Document(
        digest=sha256(b"".join(map(framed, parts))).digest(),
        slots=tuple(slots.found),
        defaults=tuple((name, each.default) for name, each in defined.items() if each.has_default),
        selections=shaped.selections,
        tokens=parsed.token_count,
    )


class _Slots:
    """Numbers variables as they are met, so that their names don't count."""

    def __init__(self, defined: Mapping[str, Definition]) -> None:
        self._defined = defined
        self.found: dict[Variable, bytes] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(variable.name for variable in self.found)

    def __call__(self, variable: Variable) -> bytes:
        if variable.name not in self._defined:
            raise NotAQuestion("a variable is not declared")
        return self.found.setdefault(variable, b"%d" % len(self.found))

    def declared(self, variable: Variable) -> bytes:
        declared = self._defined[variable.name]
        if variable.in_set:
            declared = replace(declared, default=as_set(declared.default))
        return definition_bytes(declared)


def _definitions_bytes(defined: Mapping[str, Definition], but: Iterable[str] = ()) -> bytes:
    return b"".join(
        text_bytes(name) + definition_bytes(defined[name])
        for name in sorted(defined.keys() - frozenset(but))
    )


def _query_bytes(query: OperationDefinitionNode, shaping: Shaping) -> bytes:
    """A query that doesn't run: upstream checks it all the same."""
    parts = (
        _definitions_bytes(variables(query)),
        directives_bytes(directives(query.directives), name_of),
        shaping.selections(query.selection_set).encoded,
    )
    return b"query" + b"".join(map(framed, parts))


def _fragment_bytes(fragment: FragmentDefinitionNode, shaping: Shaping) -> bytes:
    """A fragment that nobody spreads: upstream refuses it."""
    parts = (
        text_bytes(fragment.type_condition.name.value),
        directives_bytes(directives(fragment.directives), name_of),
        shaping.selections(fragment.selection_set).encoded,
    )
    return b"fragment" + b"".join(map(framed, parts))
