"""Requests that may be known again by their bytes, so that nothing has to be parsed.

Who is answered by bytes alone must mean the same each time. So nothing is let through here that is
about the connection, the framing, or a part of the answer; nothing that names a caller in more than
one way, or in one that other programs write down (architecture 3.10).
"""

from __future__ import annotations

from dataclasses import dataclass

END_OF_HEAD = b"\r\n\r\n"

MOST_BYTES = 64 * 1024
"""Of a request. A question that names more is not asked twice in the same words."""

QUESTION = b"POST /graphql HTTP/1.1"

_CREDENTIALS = frozenset({b"authorization", b"x-api-key"})

_ALLOWED = _CREDENTIALS | {
    b"accept",
    b"accept-encoding",
    b"accept-language",
    b"cache-control",
    b"connection",
    b"content-length",
    b"content-type",
    b"dnt",
    b"forwarded",
    b"host",
    b"if-modified-since",
    b"if-none-match",
    b"origin",
    b"pragma",
    b"priority",
    b"referer",
    b"sec-ch-ua",
    b"sec-ch-ua-mobile",
    b"sec-ch-ua-platform",
    b"sec-fetch-dest",
    b"sec-fetch-mode",
    b"sec-fetch-site",
    b"sec-gpc",
    b"traceparent",
    b"tracestate",
    b"user-agent",
    b"via",
    b"x-as-user",
    b"x-ayon-hostname",
    b"x-ayon-platform",
    b"x-ayon-site-id",
    b"x-ayon-version",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-forwarded-proto",
    b"x-forwarded-server",
    b"x-real-ip",
    b"x-request-id",
    b"x-requested-with",
    b"x-sender",
    b"x-sender-type",
}
"""What a field of any other name asks for isn't known."""


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """`body_bytes` of body come after the `head_bytes` of its head."""

    method: bytes
    target: bytes
    head_bytes: int
    body_bytes: int


def plain_request(content: bytes) -> PlainRequest | None:
    """The one whole request that these bytes are; None where they are more, less, or not plain.

    The parser has taken them for a request before: this only sees whether they are a simple one.
    """
    ends = content.find(END_OF_HEAD)
    if ends < 0 or len(content) > MOST_BYTES:
        return None
    first, *lines = content[:ends].split(b"\r\n")
    method, _, rest = first.partition(b" ")
    target, _, version = rest.partition(b" ")
    fields = _fields(lines)
    if fields is None or version != b"HTTP/1.1" or not target.startswith(b"/"):
        return None
    if fields.get(b"connection", b"keep-alive").lower() != b"keep-alive" or b"token=" in target:
        return None
    body = content[ends + len(END_OF_HEAD) :]
    length = fields.get(b"content-length")
    if first == QUESTION:
        whole = length == b"%d" % len(body)
    else:
        whole = method == b"GET" and length is None and not body
    return PlainRequest(method, target, len(content) - len(body), len(body)) if whole else None


def _fields(lines: list[bytes]) -> dict[bytes, bytes] | None:
    fields: dict[bytes, bytes] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        name = name.lower()
        if not colon or name in fields or name not in _ALLOWED:
            return None
        fields[name] = value.strip(b" \t")
    return None if len(_CREDENTIALS & fields.keys()) > 1 else fields
