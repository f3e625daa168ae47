"""Times of the day as people write them: `22:00-06:00`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

_SPAN = re.compile(r"(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)", re.ASCII)
_A_DAY = 24 * 60


def hours(value: object) -> tuple[tuple[int, int], ...]:
    """Spans as the minutes of the day at which they begin and end, from a comma list or a TOML
    array; over midnight where the end is not the later one. Raises ValueError."""
    if isinstance(value, str):
        value = [text for text in value.split(",") if text.strip()]
    if isinstance(value, list | tuple):
        return tuple(_span(one) for one in value)
    raise ValueError("it must list times of the day, like 22:00-06:00")


def _span(value: object) -> tuple[int, int]:
    text = str(value).strip()
    written = _SPAN.fullmatch(text)
    numbers = [int(number) for number in written.groups()] if written else []
    ends = [60 * hour + minute for hour, minute in zip(numbers[::2], numbers[1::2], strict=True)]
    if not ends or max(ends) > _A_DAY or ends[0] == _A_DAY:
        raise ValueError(f"{text!r} is no span of times, like 22:00-06:00")
    if ends[0] == ends[1] % _A_DAY and ends != [0, _A_DAY]:
        raise ValueError(f"{text} ends when it begins: write 00:00-24:00 for all day")
    return ends[0], ends[1]


Hours = Annotated[tuple[tuple[int, int], ...], NoDecode, BeforeValidator(hours)]
"""Minutes of the day, as pairs of beginning and end."""
