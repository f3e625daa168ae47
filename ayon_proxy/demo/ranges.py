"""How the server gives files: one range right, several ranges broken, no conditional answers.

Its mistakes are kept, because clients and the proxy meet them (observed.md; corpus `desktop`,
`files`): `If-None-Match` and `If-Modified-Since` change nothing, an answer with two ranges is
shorter than it says, a 416 names no unit. Video has rules of its own, see `video`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from hashlib import md5
from secrets import token_hex

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

CHUNK_BYTES = 256 * 1024


async def chunks(content: memoryview) -> AsyncIterator[bytes]:
    """The content in pieces that a socket likes."""
    for at in range(0, len(content), CHUNK_BYTES):
        yield bytes(content[at : at + CHUNK_BYTES])


class FileAnswer(Response):
    """A file or part of one, as the request's `Range` and `If-Range` ask.

    `content_type` is sent as it is; `headers` come first, as the server orders them.
    """

    def __init__(
        self,
        content: bytes,
        *,
        content_type: str,
        modified_at: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.content = memoryview(content)
        self.last_modified = format_datetime(modified_at.replace(microsecond=0), usegmt=True)
        self.etag = entity_tag(len(content), modified_at)
        self.content_type = content_type
        self.status_code = 200
        self.background = None
        self.init_headers(
            {
                "content-type": content_type,
                "accept-ranges": "bytes",
                **(headers or {}),
                "content-length": str(len(content)),
                "last-modified": self.last_modified,
                "etag": self.etag,
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        asked = Headers(scope=scope)
        size = len(self.content)
        if_range = asked.get("if-range")
        if "range" not in asked or if_range not in (None, self.etag, self.last_modified):
            await self._give(send, 200, {}, self.content)
            return
        try:
            parts = ranges(asked["range"], size)
        except MalformedRangeError as error:
            await PlainTextResponse(str(error), 400)(scope, receive, send)
            return
        except UnsatisfiableRangeError:
            refusal = PlainTextResponse("", 416, {"content-range": f"*/{size}"})
            await refusal(scope, receive, send)
            return
        if len(parts) == 1:
            start, end = parts[0]
            fields = {
                "content-range": f"bytes {start}-{end - 1}/{size}",
                "content-length": str(end - start),
            }
            await self._give(send, 206, fields, self.content[start:end])
        else:
            await self._give_several(send, parts)

    async def _give(
        self, send: Send, status: int, fields: Mapping[str, str], part: memoryview
    ) -> None:
        for name, value in fields.items():
            self.headers[name] = value
        await send({"type": "http.response.start", "status": status, "headers": self.raw_headers})
        async for chunk in chunks(part):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _give_several(self, send: Send, parts: list[tuple[int, int]]) -> None:
        """The broken multipart answer: it ends early, so uvicorn closes the connection.

        The length is computed for CRLF line ends and a closing boundary; LF is sent, and no end.
        The parts' boundary stands in `content-range`; `content-type` stays that of the file.
        """
        boundary, size = token_hex(13), len(self.content)
        length = 5 + len(boundary)
        pieces = []
        for start, end in parts:
            head = (
                f"--{boundary}\nContent-Type: {self.content_type}\n"
                f"Content-Range: bytes {start}-{end - 1}/{size}\n\n"
            )
            fixed = 44 + len(boundary) + len(self.content_type) + len(str(size))
            length += fixed + len(str(start)) + len(str(end - 1)) + end - start
            pieces += [memoryview(head.encode()), self.content[start:end], memoryview(b"\n")]
        self.headers["content-range"] = f"multipart/byteranges; boundary={boundary}"
        self.headers["content-length"] = str(length)
        await send({"type": "http.response.start", "status": 206, "headers": self.raw_headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": bytes(piece), "more_body": True})


class MalformedRangeError(ValueError):
    """A `Range` the server answers with 400."""


class UnsatisfiableRangeError(ValueError):
    """A `Range` the server answers with 416."""


def ranges(field: str, size: int) -> list[tuple[int, int]]:
    """The parts of a file a `Range` field asks for, each `[start, end)`, merged and sorted.

    Raises MalformedRangeError or UnsatisfiableRangeError.
    """
    unit, _, wanted = field.partition("=")
    if unit.strip().lower() != "bytes":
        raise MalformedRangeError("Only support bytes range")
    parts = [part for each in wanted.split(",") if (part := _part(each.strip(), size))]
    if not parts:
        raise MalformedRangeError("Range header: range must be requested")
    if any(not 0 <= start < size for start, _ in parts):
        raise UnsatisfiableRangeError
    if any(start >= end for start, end in parts):
        raise MalformedRangeError("Range header: start must be less than end")
    merged: list[tuple[int, int]] = []
    for start, end in sorted(parts):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _part(text: str, size: int) -> tuple[int, int] | None:
    first, dash, last = text.partition("-")
    if not dash or not (first or last):
        return None
    try:
        if not first:
            return max(0, size - int(last)), size
        return int(first), min(int(last) + 1, size) if last else size
    except ValueError:
        return None


def entity_tag(size: int, modified_at: datetime) -> str:
    """The server's strong `ETag`: of time and size, not of the content."""
    basis = f"{modified_at.timestamp()}-{size}"
    return f'"{md5(basis.encode(), usedforsecurity=False).hexdigest()}"'
