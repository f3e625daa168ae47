"""The settings themselves, a model a section. Made from values alone: nothing is read here.

`config/ayon_proxy.toml` lists them all with the reason to change each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from ayon_proxy.settings.addresses import Host, Networks, Port, UpstreamUrl
from ayon_proxy.settings.hours import Hours
from ayon_proxy.settings.quantities import (
    GIB,
    KIB,
    MIB,
    Count,
    Duration,
    HeadSize,
    Interval,
    Rate,
    Size,
    StorageSize,
)
from ayon_proxy.settings.secrets import ApiKey, ApiKeyFile, PasswordFile, ReadableFile
from ayon_proxy.settings.topics import Topics


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _folder(value: object) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError("it must be the path of a directory")
    return Path(value).expanduser()


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return {"true": True, "false": False}[str(value).strip().lower()]
    except KeyError:
        raise ValueError("it must be true or false") from None


Flag = Annotated[bool, BeforeValidator(_flag)]


def default_data_dir() -> Path:
    """The platform's cache directory for this program."""
    return platformdirs.user_cache_path("ayon-proxy", appauthor=False)


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True
    )


class Upstream(_Section):
    """The AYON server."""

    url: UpstreamUrl
    api_key: ApiKey | None = None
    api_key_file: ApiKeyFile | None = None
    harmless_topics: Topics = ()
    ca_file: ReadableFile | None = None
    client_certificate: ReadableFile | None = None
    client_key: ReadableFile | None = None

    @model_validator(mode="after")
    def _one_key(self) -> Upstream:
        if self.api_key and self.api_key_file:
            raise ValueError("the key is given twice, as api_key and as api_key_file: keep one")
        return self

    @model_validator(mode="after")
    def _client_key_of_a_certificate(self) -> Upstream:
        if self.client_key and not self.client_certificate:
            raise ValueError("client_key is nothing without client_certificate: name both files")
        return self

    @property
    def service_key(self) -> SecretStr | None:
        """The key of AYON's service user, however it was given."""
        return self.api_key_file.key if self.api_key_file else self.api_key


class Server(_Section):
    """Where clients connect, and what one of them may take. Sizes are bytes, durations seconds."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    trusted_proxies: Networks = ()
    max_connections: Count = 5000
    max_connections_per_address: Count = 2000
    max_header_bytes: HeadSize = 256 * KIB
    max_header_fields: Count = 1000
    header_seconds: Interval = 30.0
    body_idle_seconds: Interval = 120.0
    keep_alive_seconds: Interval = 600.0
    tls_certificate: ReadableFile | None = None
    tls_key: ReadableFile | None = None
    tls_key_password_file: PasswordFile | None = None

    @model_validator(mode="after")
    def _key_of_a_certificate(self) -> Server:
        if (self.tls_key or self.tls_key_password_file) and not self.tls_certificate:
            raise ValueError(
                "tls_key and tls_key_password_file are nothing without tls_certificate: name it too"
            )
        return self


class Storage(_Section):
    """What may be kept, and where. Sizes are bytes."""

    data_dir: Annotated[Path, BeforeValidator(_folder)] = Field(default_factory=default_data_dir)
    max_bytes: StorageSize = 50 * GIB
    memory_bytes: Size = 512 * MIB
    adopt: Flag = False


class Identity(_Section):
    """Who may share a stored answer, and how long a proof of that is good."""

    sharing: Annotated[Literal["scope", "user"], BeforeValidator(_lower)] = "scope"
    recheck_seconds: Interval = 30.0


class Offline(_Section):
    """What happens when upstream is slow or can't be reached. Durations are seconds."""

    identity_grace: Duration = 72 * 3600.0
    wait_seconds: Duration = 2.0


class Bandwidth(_Section):
    """What files may take of the line to upstream. Bytes a second, minutes of the day."""

    max_file_bytes_per_second: Rate = 0
    unlimited_hours: Hours = ()

    @model_validator(mode="after")
    def _hours_without_a_limit(self) -> Bandwidth:
        if self.unlimited_hours and not self.max_file_bytes_per_second:
            raise ValueError(
                "unlimited_hours is nothing without max_file_bytes_per_second: set that too"
            )
        return self


class Log(_Section):
    """Lines on stderr. `auto` writes for people on a terminal, else JSON."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    format: Annotated[Literal["auto", "console", "json"], BeforeValidator(_lower)] = "auto"


class Settings(_Section):
    """Everything that an operator decides."""

    upstream: Upstream
    server: Server = Server()
    storage: Storage = Field(default_factory=Storage)
    identity: Identity = Identity()
    offline: Offline = Offline()
    bandwidth: Bandwidth = Bandwidth()
    log: Log = Log()


def setting_names() -> frozenset[tuple[str, str]]:
    """Every setting as section and name."""
    return frozenset(
        (section, name)
        for section, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for name in field.annotation.model_fields
    )
