"""Takes secrets out of a JSON body before it is stored.

Members are cut out of the text, nothing is written anew: numbers, escapes and the order of what
stays are upstream's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)
"""Finds where values end; their numbers are never converted."""

_Path = tuple[str, ...]


def redacted(body: bytes, paths: Iterable[str]) -> bytes | None:
    """The body without the members at those dotted paths.

    `*` at the end of a name stands for anything; a path goes on through the members of an array.
    None when the body can't be understood: it is not to be stored then.
    """
    try:
        text = body.decode()
        _DECODER.decode(text)
        kept, _ = _without(text, _after_space(text, 0), [tuple(path.split(".")) for path in paths])
    except (ValueError, RecursionError):
        return None
    return kept.encode()


def _without(text: str, at: int, paths: list[_Path]) -> tuple[str, int]:
    """The value that begins at `at`, without what the paths name in it, and where it ended."""
    if paths and text[at] == "{":
        return _object_without(text, at, paths)
    if paths and text[at] == "[":
        return _array_without(text, at, paths)
    _, end = _DECODER.raw_decode(text, at)
    return text[at:end], end


def _object_without(text: str, at: int, paths: list[_Path]) -> tuple[str, int]:
    kept = []
    at = _after_space(text, at + 1)
    while text[at] != "}":
        name, end = _DECODER.raw_decode(text, at)
        written = text[at:end]
        colon = _after_space(text, end)
        named = [path for path in paths if _matches(path[0], name)]
        below = [path[1:] for path in named if len(path) > 1]
        value, end = _without(text, _after_space(text, colon + 1), below)
        if not any(len(path) == 1 for path in named):
            kept.append(f"{written}:{value}")
        at = _after_comma(text, end)
    return "{" + ",".join(kept) + "}", at + 1


def _array_without(text: str, at: int, paths: list[_Path]) -> tuple[str, int]:
    kept = []
    at = _after_space(text, at + 1)
    while text[at] != "]":
        value, end = _without(text, at, paths)
        kept.append(value)
        at = _after_comma(text, end)
    return "[" + ",".join(kept) + "]", at + 1


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _after_comma(text: str, at: int) -> int:
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at] == "," else at
