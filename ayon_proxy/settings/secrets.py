"""Keys and passwords: given as they are, or in files that are read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, SecretStr


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file and the key that it held at the start."""

    path: Path
    key: SecretStr


def api_key(value: object) -> SecretStr:
    """A key that can stand in a header field. Raises ValueError, whose text never holds the key."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a key is text, and not empty")
    key = value.strip()
    if not all("!" <= character <= "~" for character in key):
        raise ValueError("a key is one word of visible ASCII characters")
    return SecretStr(key)


def _read(value: object) -> tuple[Path, str]:
    path = readable_file(value)
    try:
        return path, path.read_text("ascii")
    except ValueError:
        raise ValueError("the file holds something else than one key") from None


def readable_file(value: object) -> Path:
    """The path of a file that can be read. Raises ValueError."""
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError("it must be the path of a file")
    path = Path(value).expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise ValueError(f"the file can't be read ({error.strerror}): check its path") from None


def key_file(value: object) -> KeyFile:
    """The file, read. Raises ValueError."""
    if isinstance(value, KeyFile):
        return value
    path, text = _read(value)
    try:
        return KeyFile(path, api_key(text))
    except ValueError as error:
        raise ValueError(f"the file holds no usable key: {error}") from None


def password_file(value: object) -> KeyFile:
    """The file with the password of a key, read: its first line. Raises ValueError."""
    if isinstance(value, KeyFile):
        return value
    path, text = _read(value)
    password = text.split("\n", 1)[0].rstrip("\r")
    if not password:
        raise ValueError("the file holds no password in its first line")
    return KeyFile(path, SecretStr(password))


ApiKey = Annotated[SecretStr, BeforeValidator(api_key)]
ApiKeyFile = Annotated[KeyFile, BeforeValidator(key_file)]
PasswordFile = Annotated[KeyFile, BeforeValidator(password_file)]
ReadableFile = Annotated[Path, BeforeValidator(readable_file)]
