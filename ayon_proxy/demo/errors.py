"""Errors as the server answers them: `{"code", "detail"}` and its other forms (corpus README)."""

from __future__ import annotations

from typing import Any

_ERROR_CODES = {400: "bad-request", 403: "forbidden", 404: "not-found", 409: "conflict"}


class AyonError(Exception):
    """An answer that is not a success; `extra` joins `code` and `detail` in the body.

    `error_code` is what `/operations` calls it (`unique-violation`); REST doesn't show it.
    """

    def __init__(
        self, status: int, detail: str, *, error_code: str | None = None, **extra: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.error_code = error_code or _ERROR_CODES.get(status, "error")
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


class DatabaseError(AyonError):
    """An error of the database that upstream lets through: always 500, whatever `code` says."""

    def __init__(
        self, request: str, detail: str, *, error: str, code: int, function: str = "query"
    ) -> None:
        super().__init__(500, detail, path=request, error=error, function=function)
        self.code = code

    def body(self) -> dict[str, Any]:
        """The JSON document of the answer."""
        where = {"file": "asyncpg/protocol/protocol.pyx", "line": 0}
        return {**self.extra, **where, "detail": self.detail, "code": self.code}


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
