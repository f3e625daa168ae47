"""Answers in JSON, as the server gives them: no validator, no Cache-Control, no Vary."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.background import BackgroundTask
from starlette.responses import Response


def json_answer(
    body: Any,
    status: int = 200,
    headers: dict[str, str] | None = None,
    background: BackgroundTask | None = None,
) -> Response:
    """A JSON answer; times are written with `+00:00`. `background` runs once it has been sent."""
    return Response(
        orjson.dumps(body), status, headers, media_type="application/json", background=background
    )


def no_content() -> Response:
    """What most successful PATCH and DELETE requests get: 204."""
    return Response(status_code=204)
