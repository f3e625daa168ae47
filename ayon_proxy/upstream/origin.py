"""Where a request goes: scheme, host and port, and the exact bytes of its target."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}

VISIBLE = frozenset(range(0x21, 0x7F))
"""The bytes that a request target may hold (RFC 9112 section 3.2)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 6454 section 4). An IPv6 host has no brackets."""

    scheme: str
    host: str
    port: int

    @property
    def host_field(self) -> bytes:
        """The value of Host: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        own = self.port == DEFAULT_PORTS[self.scheme]
        return (host if own else f"{host}:{self.port}").encode("ascii")

    def __str__(self) -> str:
        return self.host_field.decode("ascii")


def origin_and_rest(url: str) -> tuple[Origin, str]:
    """An absolute http(s) URL's origin, and its path and query as they stand, without fragment.

    Raises ValueError when it is something else, or no name or port can be made of its host.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("not an absolute http or https URL with a host")
    host = parts.hostname
    if ":" not in host:
        # A label that is empty or too long would fail the look-up with a UnicodeError.
        host = host.encode("idna").decode("ascii")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return Origin(parts.scheme, host, port), rest


def visible(target: bytes) -> bytes:
    """The target with every byte that HTTP forbids there percent-encoded, all others untouched.

    Some servers take raw UTF-8 in a request line. It can't be sent on like that; its encoded form
    names the same resource (RFC 3987 section 3.1).
    """
    if target.isascii() and VISIBLE.issuperset(target):
        return target
    return b"".join(bytes((byte,)) if byte in VISIBLE else b"%%%02X" % byte for byte in target)
