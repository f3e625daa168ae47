"""What a call of the client library comes to, in plain values that can be compared."""

from __future__ import annotations

import contextlib
import io
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.clients.calls.call import FILE, FOLDER, STREAM, Call

UNSTEADY = frozenset({"uptime", "lastUsed", "lastSeen", "x-request-id"})
"""Names of values that differ between two equal reads."""
HASHES = frozenset({"password", "apiKey", "apiKeyPreview"})
"""Hashes in a user's data, which the proxy takes out of what it stores."""
SETS = frozenset({"ownAttrib", "users", "accessGroups", "teams", "taskNames"})
"""Lists that upstream makes of sets: two equal answers may order them otherwise."""


def outcome(connection: Any, call: Call, url: str) -> Any:
    """What the call returns, its download's bytes too; or `!` and what it raises.

    `url` is the server's, which errors name.
    """
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        stream = io.BytesIO()
        places = {FOLDER: folder, FILE: f"{folder}/file", STREAM: stream}
        args = [places.get(arg, arg) if isinstance(arg, str) else arg for arg in call.args]
        try:
            returned = plain(getattr(connection, call.method)(*args, **call.kwargs))
        except Exception as error:
            text = str(error).replace(url, "").replace(folder, "")
            return f"! {type(error).__name__}: {text}"
        if places.keys().isdisjoint(arg for arg in call.args if isinstance(arg, str)):
            return returned
        files = {each.name: plain(each.read_bytes()) for each in Path(folder).iterdir()}
        return {"files": files, "stream": plain(stream.getvalue())}


def plain(value: Any, name: str = "") -> Any:
    """The value in JSON's types, without what differs from read to read."""
    if isinstance(value, Mapping):
        left_out = UNSTEADY | (HASHES if name == "data" else frozenset())
        return {
            str(key): plain(each, str(key)) for key, each in value.items() if key not in left_out
        }
    if isinstance(value, bytes):
        return f"{len(value)} bytes, {sha256(value).hexdigest()}"
    if isinstance(value, str):
        return "Hierarchy loaded" if value.startswith("Hierarchy loaded in ") else value
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, set | frozenset):
        return sorted(map(plain, value), key=repr)
    if isinstance(value, list | tuple | Iterator):
        items = [plain(each) for each in value]
        return sorted(items, key=repr) if name in SETS else items
    return _object(value)


def _object(value: Any) -> Any:
    """Of the library's own classes, what they hold."""
    found = {}
    for name in ("status", "status_code", "content_type", "thumbnail_id", "content", "data"):
        with contextlib.suppress(AttributeError, ValueError):
            found[name] = plain(getattr(value, name))
    if "data" in found:
        found.pop("content", None)
    return {type(value).__name__: found}


def differences(one: Any, other: Any, at: str = "$") -> Iterator[str]:
    """Where they differ; places only, since values may be secrets of a studio."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            if name in one and name in other:
                yield from differences(one[name], other[name], f"{at}.{name}")
            else:
                yield f"{at}.{name}: only {'without' if name in one else 'with'} the proxy"
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (mine, yours) in enumerate(zip(one, other, strict=True)):
            yield from differences(mine, yours, f"{at}[{number}]")
    elif one != other or type(one) is not type(other):
        yield f"{at}: {_kind(one)} became {_kind(other)}"


def _kind(value: Any) -> str:
    if isinstance(value, str) and value.startswith("! "):
        return value
    size = f" of {len(value)}" if isinstance(value, str | list | dict) else ""
    return f"{type(value).__name__}{size}"
