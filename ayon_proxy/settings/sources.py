"""Where settings come from: options, environment, TOML file. Reads them once, at the start."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from ayon_proxy.errors import CannotStart
from ayon_proxy.settings.complaint import Given, complaint, unknown
from ayon_proxy.settings.sections import Settings, setting_names

PREFIX: Final = "AYON_PROXY_"
CONFIG: Final = "AYON_PROXY_CONFIG"

Options = Mapping[tuple[str, str], tuple[str, str]]
"""Settings named on the command line: (section, name) → (option as typed, value)."""


def given_settings(
    options: Options | None = None,
    config: str | None = None,
    assuming: Mapping[str, Mapping[str, object]] | None = None,
) -> Settings:
    """The settings as options, environment and TOML file give them, in this order.

    `config` is the path of the file when an option named it; `assuming` stands in for what none of
    them gives. Raises CannotStart with one sentence about the first setting that is wrong.
    """
    options = options or {}
    _refuse_unknown_variables()
    path = config or os.environ.get(CONFIG) or None
    table = {} if path is None else _toml(Path(path), "--config" if config else CONFIG)

    assumed = assuming or {}

    class FromSources(Settings, BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
        )

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            files = (InitSettingsSource(settings_cls, dict(tables)) for tables in (table, assumed))
            return init_settings, env_settings, *files

    try:
        return FromSources(**_nested(options))
    except ValidationError as error:
        given = Given({place: option for place, (option, _) in options.items()}, _variables(), path)
        raise CannotStart(complaint(error, given), exit_status=2) from None


def _nested(options: Options) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for (section, name), (_, value) in options.items():
        tree.setdefault(section, {})[name] = value
    return tree


def variable(section: str, name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{section}__{name}".upper()


def _variables() -> dict[tuple[str, str], str]:
    """The variables that are set, by the setting that they give. An empty one gives nothing."""
    places = {variable(*place): place for place in setting_names()}
    return {
        places[name.upper()]: name
        for name, value in os.environ.items()
        if name.upper() in places and value
    }


def _refuse_unknown_variables() -> None:
    known = {variable(*place) for place in setting_names()} | {CONFIG}
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise CannotStart(unknown(name, known), exit_status=2)


def _toml(path: Path, named_by: str) -> dict[str, Any]:
    try:
        with path.expanduser().open("rb") as file:
            tables = tomllib.load(file)
    except OSError as error:
        raise CannotStart(
            f"The configuration file {path} can't be read ({error.strerror}): "
            f"correct {named_by} or leave it out.",
            exit_status=2,
        ) from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise CannotStart(
            f"The configuration file {path} is not TOML: {error}.", exit_status=2
        ) from None
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise CannotStart(
                f"{section} in {path} is no table: settings stand below a [section].", exit_status=2
            )
    return tables
