"""How the server gives video files (server.md 5.2; corpus `files`).

Up to 12 MiB the whole file comes with 200 and a `Content-Range`, whatever is asked. Larger files
come in pieces of at most 4 MiB, but whole to Firefox. `bytes=-100` is taken for bytes 0 to 100,
and two ranges for a broken number.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.ranges import chunks

WHOLE_BYTES = 12 * 1024 * 1024
PIECE_BYTES = 4 * 1024 * 1024
EXPOSED = "content-type, accept-ranges, content-length, content-range, content-encoding"


def video_answer(request: Request, content: bytes, content_type: str) -> Response:
    """A video file or a piece of it, for one request.

    Raises AyonError 416 for a range it cannot read or satisfy.
    """
    size = len(content)
    agent = request.headers.get("user-agent", "")
    field = request.headers.get("range")
    safari = "Safari" in agent and "Chrome" not in agent
    start, end = 0, size
    if field is not None and (size > WHOLE_BYTES or safari):
        start, end = piece(field, size, unlimited="Firefox" in agent)
    whole = (start, end) == (0, size)
    fields = {
        "content-type": content_type,
        "content-length": str(end - start),
        "accept-ranges": "bytes",
        "access-control-expose-headers": EXPOSED,
    }
    if field is not None or size <= WHOLE_BYTES:
        fields["content-range"] = f"bytes {start}-{end - 1}/{size}"
    if whole:
        fields["cache-control"] = "private, max-age=600"
    part = memoryview(content)[start:end]
    return StreamingResponse(chunks(part), 200 if whole else 206, fields)


def piece(field: str, size: int, *, unlimited: bool) -> tuple[int, int]:
    """Where the piece begins and ends (`[start, end)`) that a `Range` field gets.

    Raises AyonError 416.
    """
    first, _, rest = field.removeprefix("bytes=").partition("-")
    last = rest.partition("-")[0]
    try:
        start = int(first) if first else 0
        end = int(last) if last else size - 1
    except ValueError as error:
        raise AyonError(416, str(error)) from error
    end = min(end, size - 1)
    if start > end:
        raise AyonError(416, f"Invalid range: {start}-{end}")
    if not unlimited:
        end = min(end, start + PIECE_BYTES - 1)
    return start, end + 1
