"""Every setting of the proxy: its type, its default, where it may come from, and what is wrong.

    command line > AYON_PROXY_<SECTION>__<NAME> > TOML file > default

`Settings` is built from values alone; `given_settings` is the one place that reads the environment
and a file. Nothing else does: `assembly` hands the values down.
"""

from __future__ import annotations

from ayon_proxy.settings.sections import (
    Bandwidth,
    Identity,
    Log,
    Offline,
    Server,
    Settings,
    Storage,
    Upstream,
)
from ayon_proxy.settings.sources import given_settings

__all__ = [
    "Bandwidth",
    "Identity",
    "Log",
    "Offline",
    "Server",
    "Settings",
    "Storage",
    "Upstream",
    "given_settings",
]
