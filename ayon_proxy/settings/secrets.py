"""The key of AYON's service user: given as it is, or in a file that is read once."""

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


def key_file(value: object) -> KeyFile:
    """The file, read. Raises ValueError."""
    if isinstance(value, KeyFile):
        return value
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError("it must be the path of a file")
    path = Path(value).expanduser()
    try:
        text = path.read_text("ascii")
    except OSError as error:
        raise ValueError(f"the file can't be read ({error.strerror}): check its path") from None
    except ValueError:
        raise ValueError("the file holds something else than one key") from None
    try:
        return KeyFile(path, api_key(text))
    except ValueError as error:
        raise ValueError(f"the file holds no usable key: {error}") from None


ApiKey = Annotated[SecretStr, BeforeValidator(api_key)]
ApiKeyFile = Annotated[KeyFile, BeforeValidator(key_file)]
