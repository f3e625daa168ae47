"""Which operation of a document runs, and what upstream is certain to refuse."""

from __future__ import annotations

from collections.abc import Sequence

from graphql.language import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    OperationType,
)

from ayon_proxy.policy.graphql.document import Definition
from ayon_proxy.policy.graphql.literals import definition
from ayon_proxy.policy.graphql.unreadable import NotAQuestion


def executable(
    document: DocumentNode,
) -> tuple[list[OperationDefinitionNode], dict[str, FragmentDefinitionNode]]:
    """The queries and the fragments, of which there are no others.

    Raises NotAQuestion for a document that holds anything else.
    """
    queries = []
    fragments = {}
    for each in document.definitions:
        # Descriptions are newer than upstream's parser, which may refuse what is understood here.
        if not isinstance(each, ExecutableDefinitionNode) or each.description is not None:
            raise NotAQuestion("not only queries and fragments")
        if isinstance(each, FragmentDefinitionNode):
            fragments[each.name.value] = each
        elif isinstance(each, OperationDefinitionNode) and each.operation is OperationType.QUERY:
            queries.append(each)
        else:
            raise NotAQuestion("a mutation or a subscription")
    if len(document.definitions) != len(queries) + len(fragments):
        raise NotAQuestion("two fragments of one name")
    return queries, fragments


def running(
    queries: Sequence[OperationDefinitionNode], name: str | None
) -> OperationDefinitionNode:
    """The query that is meant: without a name the first (README of the corpus, oddities).

    Raises NotAQuestion when there is none, or when names are missing or not distinct.
    """
    names = [None if each.name is None else each.name.value for each in queries]
    if len(set(names)) < len(names) or (len(names) > 1 and None in names):
        raise NotAQuestion("operations that can't be told apart")
    if not queries or (name is not None and name not in names):
        raise NotAQuestion("no such operation")
    return queries[0 if name is None else names.index(name)]


def variables(query: OperationDefinitionNode) -> dict[str, Definition]:
    """The variables it declares, by name. Raises NotAQuestion for two of one name."""
    nodes = query.variable_definitions or ()
    found = {node.variable.name.value: definition(node) for node in nodes}
    if len(found) < len(nodes) or any(node.description is not None for node in nodes):
        raise NotAQuestion("variables that can't be told apart")
    return found


def selects(document: DocumentNode, name: str) -> bool:
    """Whether a field of this name is selected anywhere, in what doesn't run too."""
    waiting = [getattr(each, "selection_set", None) for each in document.definitions]
    while waiting:
        selection_set = waiting.pop()
        for each in selection_set.selections if selection_set else ():
            if isinstance(each, FieldNode) and each.name.value == name:
                return True
            if not isinstance(each, FragmentSpreadNode):
                waiting.append(each.selection_set)
    return False
