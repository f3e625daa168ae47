"""What is wrong with the settings, as one sentence: the name as it was written, the value, the fix.

A secret's value is never repeated, nor a password in a URL.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from ayon_proxy.settings.sections import setting_names

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SECRETS: Final = frozenset({("upstream", "api_key")})

_LONGEST_VALUE: Final = 100


@dataclass(frozen=True, slots=True)
class Given:
    """How each setting was written: as an option, else a variable, else in the TOML file."""

    options: Mapping[tuple[str, str], str]
    variables: Mapping[tuple[str, str], str]
    config: str | None

    def name(self, place: tuple[str, ...]) -> str:
        """The setting as its author wrote it."""
        if len(place) == 2:
            section, name = place
            for names in (self.options, self.variables):
                if (section, name) in names:
                    return names[section, name]
        written = ".".join(place)
        return f"{written} in {self.config}" if self.config else written


def complaint(error: ValidationError, given: Given) -> str:
    """One sentence about the first thing that is wrong."""
    first = error.errors(include_url=False)[0]
    place = tuple(str(part) for part in first["loc"][:2])
    if first["type"] == "missing":
        return (
            "No AYON server is named: give its address with --upstream, "
            "AYON_PROXY_UPSTREAM__URL or url under [upstream] in the configuration file."
        )
    name = given.name(place)
    if first["type"] == "extra_forbidden":
        known = {".".join(setting[: len(place)]) for setting in setting_names()}
        written = ".".join(place)
        return unknown(written, known, where=name.removeprefix(written))
    if len(place) == 1 and first["type"] == "value_error" and "twice" not in first["msg"]:
        return f"In the settings of {place[0]}, {_reason(first)}."
    if place == ("upstream",):
        key, file = (given.name((*place, one)) for one in ("api_key", "api_key_file"))
        return f"The key is given twice, by {key} and by {file}: keep one of them."
    return f"{name} {_value(place, first)}: {_reason(first)}."


def unknown(name: str, known: Collection[str], where: str = "") -> str:
    """A sentence about a name that is no setting, with the nearest one that is."""
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.75)
    fix = f"did you mean {folded[near[0]]}?" if near else "remove it, or see the README's list."
    return f"{name}{where} is not a setting: {fix}"


def _value(place: tuple[str, ...], error: ErrorDetails) -> str:
    if place in SECRETS:
        return "can't be used"
    shown = re.sub(r"(://|^).*@", r"\1…@", str(error["input"]))
    if len(shown) > _LONGEST_VALUE:
        shown = shown[:_LONGEST_VALUE] + "…"
    return f"is {shown!r}"


def _reason(error: ErrorDetails) -> str:
    raised = error.get("ctx", {}).get("error")
    return str(raised or error["msg"].replace("Input should", "it should")).rstrip(".")
