"""From the parser's nodes to canonical values, arguments, directives and variable definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from graphql.language import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    print_ast,
)

from ayon_proxy.policy.graphql.bounds import MOST_NESTING
from ayon_proxy.policy.graphql.document import (
    Arguments,
    Definition,
    Directive,
    Enum,
    Literal,
    Members,
    Variable,
)
from ayon_proxy.policy.graphql.set_arguments import in_set_order, is_set
from ayon_proxy.policy.graphql.unreadable import NotAQuestion


def literal(node: ValueNode, depth: int = 0) -> Literal:
    """Raises NotAQuestion for what is nested too deeply, or a number of thousands of digits."""
    if depth > MOST_NESTING:
        raise NotAQuestion("a value is nested too deeply")
    match node:
        case VariableNode():
            return Variable(node.name.value)
        case ListValueNode():
            return tuple(literal(each, depth + 1) for each in node.values)
        case ObjectValueNode():
            return Members(_by_name(node.fields, depth + 1))
        case _:
            return _scalar(node)


def _scalar(node: ValueNode) -> Literal:
    match node:
        case StringValueNode() | BooleanValueNode():
            return node.value
        case IntValueNode():
            return _number(int, node.value)
        case FloatValueNode():
            return _number(float, node.value)
        case EnumValueNode():
            return Enum(node.value)
        case NullValueNode():
            return None
    raise TypeError(node)  # there is no other


def _number(number: Callable[[str], int | float], text: str) -> int | float:
    try:
        return number(text)
    except ValueError as error:
        raise NotAQuestion("a number is too long") from error


def arguments(nodes: Iterable[ArgumentNode] | None, field: str = "") -> Arguments:
    """Arguments of a field, or of a directive. Raises as `literal` does."""
    return tuple(
        (name, as_set(value) if is_set(field, name) else value)
        for name, value in _by_name(nodes or (), 0)
    )


def _by_name(nodes: Iterable[ArgumentNode | ObjectFieldNode], depth: int) -> Arguments:
    # Two of a name keep their order: upstream refuses them, whatever they are.
    found = [(node.name.value, literal(node.value, depth)) for node in nodes]
    return tuple(sorted(found, key=lambda each: each[0]))


def as_set(value: Literal) -> Literal:
    """The value as a set-like argument: a list of strings, or of integers, is sorted."""
    if isinstance(value, Variable):
        return Variable(value.name, in_set=True)
    return tuple(in_set_order(value)) if isinstance(value, tuple) else value


def directives(nodes: Iterable[DirectiveNode] | None) -> tuple[Directive, ...]:
    """Directives in the order written. Raises as `literal` does."""
    return tuple(Directive(node.name.value, arguments(node.arguments)) for node in nodes or ())


def definition(node: VariableDefinitionNode) -> Definition:
    """What is declared of a variable. Raises as `literal` does."""
    default = node.default_value
    return Definition(
        print_ast(node.type),
        None if default is None else literal(default),
        default is not None,
        directives(node.directives),
    )
