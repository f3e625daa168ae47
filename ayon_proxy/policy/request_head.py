"""Heads of requests that are refused, and why: what two programs in a row could read differently.

The parser before this (llhttp, strict) has seen to the grammar: one plain Content-Length, never
beside Transfer-Encoding, no folded or nameless field, no bare CR, LF or NUL. What it lets through
and a proxy must not is here, together with requests that are for somebody else's server.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from ayon_proxy.policy.message import Fields

VERSIONS = frozenset({"1.0", "1.1"})

_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")
"""RFC 9110 section 7.2; empty where the target has no authority."""

_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")

_ABSOLUTE = re.compile(rb"(?i)(https?)://([^/?#]*)([^#]*)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to what is not acted on: a status, and a sentence for whoever looks for why."""

    status: int
    sentence: str


MALFORMED = Refusal(400, "This is no HTTP/1.1 request that could be read in one way only.")

MISDIRECTED = Refusal(
    421, "This proxy stands before one AYON server, and asks no other for anybody."
)


def refusal(method: str, target: bytes, version: str, fields: Fields) -> Refusal | None:
    """Why the head is refused, or None. `target` is in origin form, or nothing we answer to."""
    if version not in VERSIONS:
        return Refusal(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
    hosts = [value for name, value in fields if name == b"host"]
    if len(hosts) > 1 or (not hosts and version != "1.0"):
        return Refusal(400, "A request names one Host.")
    if hosts and _HOST.fullmatch(hosts[0]) is None:
        return Refusal(400, "The Host is no name or address of a server.")
    return _of_the_target(method, target) or _of_the_framing(version, fields)


def _of_the_target(method: str, target: bytes) -> Refusal | None:
    """RFC 9112 section 3.2."""
    if method == "CONNECT":
        return MISDIRECTED
    if target == b"*":
        return None if method == "OPTIONS" else Refusal(400, "An asterisk is for OPTIONS alone.")
    if not target.startswith(b"/"):
        return MISDIRECTED if _SCHEME.match(target) else MALFORMED
    if b"#" in target:
        return Refusal(400, "A fragment is for the client that has it, and never sent.")
    return None


def _of_the_framing(version: str, fields: Fields) -> Refusal | None:
    """RFC 9112 section 6.1."""
    lengths = [value.rstrip(b" \t") for name, value in fields if name == b"content-length"]
    if any(length[:1] == b"0" != length for length in lengths):
        return Refusal(400, "A length with leading zeros is read as octal by some.")
    codings = [value for name, value in fields if name == b"transfer-encoding"]
    if not codings:
        return None
    if version == "1.0":
        return Refusal(400, "HTTP/1.0 knows no transfer coding.")
    if [coding.lower() for coding in codings] != [b"chunked"]:
        return Refusal(501, "Of the transfer codings only chunked is known here.")
    return None


def origin_form(target: bytes, here: Collection[bytes]) -> bytes:
    """The target without scheme and authority, where these name one of our own addresses.

    `here` are the authorities, in lower case, by which the client can have reached us.
    """
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None or absolute[2].lower() not in here:
        return target
    rest = absolute[3]
    return rest if rest.startswith(b"/") else b"/" + rest


def authorities(host: str, port: int, scheme: str) -> frozenset[bytes]:
    """How a client names a server that it has reached at an address: "127.0.0.1:8080"."""
    names = {f"[{host}]" if ":" in host else host}
    if host in ("127.0.0.1", "::1"):
        names.add("localhost")
    if port == {"http": 80, "https": 443}[scheme]:
        return frozenset(name.encode() for name in names) | {f"{n}:{port}".encode() for n in names}
    return frozenset(f"{name}:{port}".encode() for name in names)
