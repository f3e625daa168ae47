"""What a launcher asks when it starts, in order (upstream/clients.md 7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from tests.clients.subjects import SITE, Subjects


class Sends(Enum):
    """Which fields go with a request."""

    NOTHING = "nothing"
    """The check of an address, before there is a connection."""
    TOKEN_ONLY = "the credential, as a user's token"
    KEY_ONLY = "the credential, as a service's key"
    FIRST = "the credential as a token, and the workstation without the launcher's version"
    TOKEN = "the credential as a token, and the workstation"
    SESSION = "the credential as what it is, and the workstation"


class Step(NamedTuple):
    """One request."""

    path: str
    sends: Sends


def start_up(s: Subjects, *, service: bool, cold: bool = False) -> Iterator[Step]:
    """The launcher's own part; `cold`: nothing has been downloaded yet."""
    yield Step("/api/info", Sends.NOTHING)
    yield from _connecting(Sends.FIRST, service=service)
    yield from _connecting(Sends.TOKEN, service=service)
    paths = [
        "/api/bundles",
        f"/api/settings?bundle_name={s.bundle}",
        "/api/addons?details=1",
        "/api/desktop/dependencyPackages",
    ]
    if cold:
        paths += [
            f"/api/desktop/dependencyPackages/{s.dependency_package}",
            f"/addons/{s.addon}/{s.addon_version}/private/{s.addon_file}",
        ]
    yield from (Step(path, Sends.SESSION) for path in paths)


def core_start_up(s: Subjects) -> Iterator[Step]:
    """What the core addon asks next, in the same process."""
    of_site = f"bundle_name={s.bundle}&variant=production&site_id={SITE}"
    yield Step(f"/api/settings?{of_site}", Sends.SESSION)
    yield Step("/api/bundles", Sends.SESSION)
    yield Step(f"/api/settings?summary=true&bundle_name={s.bundle}", Sends.SESSION)


def _connecting(info: Sends, *, service: bool) -> Iterator[Step]:
    yield Step("/", Sends.NOTHING)
    yield Step("/api/info", info)
    # A key is tried as a user's token first, and refused.
    yield Step("/api/users/me", Sends.TOKEN_ONLY)
    if service:
        yield Step("/api/users/me", Sends.KEY_ONLY)


def fields(sends: Sends, credential: str, referer: str, *, service: bool) -> dict[str, str]:
    """The request's fields. `referer` is the url of the server, or of the proxy before it."""
    if sends is Sends.NOTHING:
        return {}
    as_key = sends is Sends.KEY_ONLY or (service and sends is Sends.SESSION)
    held = {"X-Api-Key": credential} if as_key else {"Authorization": f"Bearer {credential}"}
    if sends in (Sends.TOKEN_ONLY, Sends.KEY_ONLY):
        return {"Content-Type": "application/json", **held}
    version = {} if sends is Sends.FIRST else {"x-ayon-version": "1.2.0"}
    return {
        "Content-Type": "application/json",
        "x-ayon-platform": "linux",
        "x-ayon-hostname": "workstation",
        "x-ayon-site-id": SITE,
        "referer": referer,
        **version,
        **held,
    }
