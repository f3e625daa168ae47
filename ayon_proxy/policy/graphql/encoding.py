"""Canonical bytes of literals and selections: equal only for what is equal.

Every piece tells where it ends (a mark and a length, or brackets), so that pieces written one after
the other can't be mistaken for others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import TypeAlias

from ayon_proxy.policy.graphql.document import (
    Arguments,
    Definition,
    Directive,
    Enum,
    Fragment,
    Literal,
    Members,
    Selected,
    Selection,
    Variable,
)

Label: TypeAlias = Callable[[Variable], bytes]
"""What stands for a variable."""


def name_of(variable: Variable) -> bytes:
    """The label of a variable before its place in the document is known."""
    return text_bytes(variable.name)


def framed(content: bytes) -> bytes:
    """With its length before it."""
    return b"%d:%b" % (len(content), content)


def text_bytes(text: str) -> bytes:
    """Text, which may hold a lone surrogate: JSON can write one."""
    return framed(text.encode("utf-8", "surrogatepass"))


def literal_bytes(value: Literal, label: Label) -> bytes:
    """A literal. `1`, `1.0`, `true`, `"1"` and an enum are all different."""
    match value:
        case None | bool() | int() | float():
            return b"=%b;" % repr(value).encode()
        case str():
            return b'"' + text_bytes(value)
        case Enum():
            return b"e" + text_bytes(value.name)
        case Variable():
            return b"$%b;" % label(value)
        case Members():
            return b"{%b}" % arguments_bytes(value.members, label)
        case _:
            return b"[%b]" % b"".join(literal_bytes(each, label) for each in value)


def arguments_bytes(arguments: Arguments, label: Label) -> bytes:
    """Arguments, or the members of an input object, in the order given."""
    return b"".join(text_bytes(name) + literal_bytes(value, label) for name, value in arguments)


def directives_bytes(directives: Iterable[Directive], label: Label) -> bytes:
    """Directives in the order given."""
    return b"".join(
        b"@%b(%b)" % (text_bytes(each.name), arguments_bytes(each.arguments, label))
        for each in directives
    )


def definition_bytes(definition: Definition) -> bytes:
    """Declared type, default value and directives of a variable."""
    default = literal_bytes(definition.default, name_of) if definition.has_default else b"-"
    directives = directives_bytes(definition.directives, name_of)
    return b"(%b%b%b)" % (text_bytes(definition.type), default, directives)


def selection_bytes(selection: Selection, inner: bytes, label: Label) -> bytes:
    """A field or fragment, of whose selections the bytes are known.

    Begins with what it is called: sorting by these bytes hardly ever looks at variables.
    """
    if isinstance(selection, Selected):
        return b"f%b%b(%b)%b%b" % (
            text_bytes(selection.result_key),
            text_bytes(selection.name),
            arguments_bytes(selection.arguments, label),
            directives_bytes(selection.directives, label),
            b";" if selection.selections is None else b"{%b}" % inner,
        )
    # By digest, since a fragment may be spread in many places.
    return b"%b%b%b/%b%b" % (
        b"n" if selection.is_named else b"i",
        b"-" if selection.type_condition is None else text_bytes(selection.type_condition),
        directives_bytes(selection.directives, label),
        directives_bytes(selection.own_directives, label),
        sha256(inner).digest(),
    )


def selections_bytes(
    selections: tuple[Selection, ...], label: Label, known: dict[int, bytes] | None = None
) -> bytes:
    """Selections with all that is below them, in the order given. Raises what `label` raises.

    `known` remembers the fragments that were met: they share their selections, wherever spread.
    """
    known = {} if known is None else known
    parts = []
    for each in selections:
        inner = known.get(id(each.selections))
        if inner is None:
            inner = selections_bytes(each.selections or (), label, known)
        if isinstance(each, Fragment):
            known[id(each.selections)] = inner
        parts.append(selection_bytes(each, inner, label))
    return b"".join(parts)
