"""Sizes and durations as people write them: `50GiB`, `72h`, or a plain number."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB

SIZE_UNITS: Final = {"": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB}
DURATION_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

_QUANTITY = re.compile(r"(?P<number>\d{1,18}(?:\.\d{1,18})?)\s*(?P<unit>[A-Za-z]*)", re.ASCII)


def size(value: object) -> int:
    """Bytes. Raises ValueError."""
    return int(_quantity(value, SIZE_UNITS, "a size is bytes, or a number with KiB, MiB or GiB"))


def duration(value: object) -> float:
    """Seconds. Raises ValueError."""
    return _quantity(value, DURATION_UNITS, "a duration is seconds, or a number with s, m, h or d")


def count(value: object) -> int:
    """How many, at least one. Raises ValueError."""
    text = str(value).strip()
    if isinstance(value, bool) or re.fullmatch(r"[0-9]{1,9}", text) is None or not int(text):
        raise ValueError("it must be a whole number, at least 1")
    return int(text)


def _quantity(value: object, units: dict[str, int], what: str) -> float:
    written = _QUANTITY.fullmatch(str(value).strip())
    if isinstance(value, bool) or written is None or written["unit"] not in units:
        raise ValueError(what)
    number = written["number"]
    factor = units[written["unit"]]
    return float(number) * factor if "." in number else int(number) * factor


def _at_least(least: float, text: str, value: float) -> float:
    if value < least:
        raise ValueError(f"it must be at least {text}")
    return value


def _storage_size(value: object) -> int:
    return int(_at_least(MIB, "1MiB", size(value)))


def _rate(value: object) -> int:
    bytes_a_second = size(value)
    return int(_at_least(64 * KIB, "64KiB", bytes_a_second)) if bytes_a_second else 0


def _head_size(value: object) -> int:
    return int(_at_least(8 * KIB, "8KiB", size(value)))


def _positive_duration(value: object) -> float:
    return _at_least(1, "1s", duration(value))


Size = Annotated[int, BeforeValidator(size)]
"""Bytes, zero allowed."""

StorageSize = Annotated[int, BeforeValidator(_storage_size)]
"""Bytes; less than 1 MiB would not hold the index itself."""

Rate = Annotated[int, BeforeValidator(_rate)]
"""Bytes a second; zero is no limit. With less than 64 KiB whoever waits for its next piece would be
taken for dead."""

Duration = Annotated[float, BeforeValidator(duration)]
"""Seconds, zero allowed."""

Interval = Annotated[float, BeforeValidator(_positive_duration)]
"""Seconds between two repetitions: at least one."""

HeadSize = Annotated[int, BeforeValidator(_head_size)]
"""Bytes; what clients of AYON send does not fit into less than 8 KiB."""

Count = Annotated[int, BeforeValidator(count)]
"""A number of things: at least one."""
