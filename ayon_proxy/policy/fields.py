"""Header fields: look-up, lists, hop-by-hop and Cache-Control (RFC 9110 section 5, RFC 9111)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ayon_proxy.policy.message import Fields

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Fields that mean one connection only (RFC 9110 section 7.6.1)."""


def value(fields: Fields, name: bytes) -> bytes | None:
    """The first value of a field, or None."""
    for field_name, field_value in fields:
        if field_name == name:
            return field_value
    return None


def values(fields: Fields, name: bytes) -> list[bytes]:
    """All members of a list field, over all its lines, without surrounding white space."""
    return [
        member
        for field_name, field_value in fields
        if field_name == name
        for member in (part.strip() for part in field_value.split(b","))
        if member
    ]


def without(fields: Fields, names: Collection[bytes]) -> Fields:
    """The fields whose name is not among `names`."""
    return tuple(field for field in fields if field[0] not in names)


def replaced(fields: Fields, name: bytes, new_value: bytes) -> Fields:
    """The fields with exactly one line of that name, at the end."""
    return (*without(fields, (name,)), (name, new_value))


def end_to_end(fields: Fields) -> Fields:
    """What a proxy passes on: no hop-by-hop field, nor one that Connection names."""
    named = {member.lower() for member in values(fields, b"connection")}
    return without(fields, HOP_BY_HOP | named)


def content_length(fields: Fields) -> int | None:
    """The announced length in bytes, or None where it is missing or malformed."""
    announced = value(fields, b"content-length")
    return None if announced is None else whole_number(announced)


def whole_number(digits: bytes) -> int | None:
    """The number that the digits spell; None for anything else, or a number beyond all bodies."""
    return int(digits) if digits.isdigit() and len(digits) <= 18 else None


def directives(fields: Fields) -> Mapping[str, str | None]:
    """Cache-Control as a mapping of lower-case directive to argument (RFC 9111 section 5.2)."""
    found: dict[str, str | None] = {}
    for member in values(fields, b"cache-control"):
        name, separator, argument = member.decode("latin-1").partition("=")
        found[name.strip().lower()] = argument.strip().strip('"') if separator else None
    if not found and value(fields, b"pragma") == b"no-cache":
        found["no-cache"] = None
    return found
