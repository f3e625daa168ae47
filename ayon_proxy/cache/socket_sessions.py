"""Sessions that websockets were opened with: upstream itself goes on feeding a socket whose session
is over, whose user is deactivated, or whose projects were taken away (upstream/server.md 2.1)."""

from __future__ import annotations

import re

from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.standing import Refusal, Standing
from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.policy.principal import principal, without_credential

_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")

UNKNOWN_SECONDS = 5.0
"""While upstream can't say who a socket belongs to, it is asked again after so long."""


class SocketSessions:
    """A token may be that of a session or an API key; the message that carries it does not say."""

    def __init__(self, credentials: Credentials, clock: Clock, secret_key: bytes) -> None:
        self._credentials = credentials
        self._clock = clock
        self._secret_key = secret_key

    async def until_over(self, token: str, fields: Fields) -> None:
        """Return when upstream does not know the token any more, or grants it other rights than it
        does now. `fields` are those of the handshake."""
        if not _TOKEN.fullmatch(token):
            return
        nobody = without_credential(Request("GET", b"/ws", b"", fields))
        bearer = (b"authorization", b"Bearer " + token.encode())
        forms = [
            Request("GET", nobody.path, b"", (*nobody.fields, each))
            for each in (bearer, (b"x-api-key", token.encode()))
        ]
        while forms:
            caller = principal(forms[0], self._secret_key)
            met = await self._credentials.met(caller, forms[0])
            if isinstance(met, Refusal):
                del forms[0]
            elif isinstance(met, Standing):
                await self._credentials.until_revoked(caller, forms[0])
                return
            else:
                await self._clock.sleep(UNKNOWN_SECONDS)
