"""One call of a method of `ServerAPI`."""

from __future__ import annotations

from typing import Any, NamedTuple

FOLDER, FILE, STREAM = "<folder>", "<file>", "<stream>"
"""Among the arguments: where a download is to go. Each call is given a new one."""


class Call(NamedTuple):
    """A method with its arguments."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}  # noqa: RUF012 - a default that nobody changes

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"{self.method}({', '.join([*map(repr, self.args), *named])})"


def call(method: str, *args: Any, **kwargs: Any) -> Call:
    """As it would be written in a program."""
    return Call(method, args, kwargs)
