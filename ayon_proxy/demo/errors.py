"""Errors as the server answers them: `{"code", "detail"}` and its other forms (corpus README)."""

from __future__ import annotations

from typing import Any


class AyonError(Exception):
    """An answer that is not a success; `extra` joins `code` and `detail` in the body."""

    def __init__(self, status: int, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        return {"code": self.status, "detail": self.detail, **self.extra}


class CrashedError(AyonError):
    """The server's unhandled exceptions: 500 with `status, detail, traceback`."""

    def __init__(self, detail: str) -> None:
        super().__init__(500, detail)

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        return {"status": self.status, "detail": self.detail, "traceback": TRACEBACK}


class InvalidRequestError(AyonError):
    """A request that fails validation: 400 with the places of its faults.

    `errors` have `loc`, `msg`, `type` and perhaps `ctx`, as pydantic 1 words them.
    """

    def __init__(self, method: str, path: str, errors: list[dict[str, Any]]) -> None:
        super().__init__(
            400,
            f"Request validation error in [{method}] {path}",
            path=path,
            traceback=TRACEBACK,
            errors=errors,
        )


TRACEBACK = "Traceback (most recent call last): the demo server has none to show"
