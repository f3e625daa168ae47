"""Topics of events that the studio's own services send."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

_TOPIC = re.compile(r"[\w-]+(\.[\w-]+)*(\.?\*)?")


def topics(value: object) -> tuple[str, ...]:
    """Topics, from a comma list or a TOML array; an asterisk at the end stands for anything. Raises
    ValueError."""
    if isinstance(value, str):
        value = [text for text in value.split(",") if text.strip()]
    if isinstance(value, list | tuple):
        return tuple(_topic(one) for one in value)
    raise ValueError("it must list topics, like farm.heartbeat,kitsu.*")


def _topic(value: object) -> str:
    text = str(value).strip()
    if _TOPIC.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a topic, like farm.heartbeat or kitsu.*")
    return text


Topics = Annotated[tuple[str, ...], NoDecode, BeforeValidator(topics)]
