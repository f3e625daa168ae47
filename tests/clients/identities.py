"""Somebody who asks: a credential, and in whose name."""

from __future__ import annotations

from typing import Any, NamedTuple

import ayon_api

from tests.clients.subjects import SITE


class Identity(NamedTuple):
    """A user's token, or a service's key."""

    token: str
    as_user: str | None = None
    """For a service: the user it stands for (X-as-user)."""
    site: str | None = SITE
    """The workstation it works at."""

    def connect(self, url: str) -> Any:
        """A new connection, as a workstation's launcher makes it."""
        connection = ayon_api.ServerAPI(
            url, token=self.token, site_id=self.site, client_version="1.2.0"
        )
        if self.as_user is not None:
            connection.set_default_service_username(self.as_user)
        return connection
