"""The embedded client library of AYON, for the proxy's own errands (architecture 3.12).

It is synchronous: one thread of its own does the asking, one question after the other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from ayon_api.exceptions import ServerError
from ayon_api.server_api import ServerAPI
from pydantic import SecretStr

from ayon_proxy.errors import FeedFailed, KeyRefused
from ayon_proxy.upstream.tls import NO_FILES, TlsFiles, authorities
from ayon_proxy.upstream.worker_thread import WorkerThread

SENDER = "ayon-proxy"
"""What upstream notes as the sender of what we do there."""

REFUSED = "upstream does not accept the service key"

# It writes a traceback for each connection that fails. We say so ourselves, once.
logging.getLogger(ServerAPI.__name__).setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Told:
    """The JSON of an answer. `as_of`: upstream's clock when it was asked, or a little earlier."""

    content: Any
    as_of: float


class Library:
    """Asks upstream with one key. Every question raises FeedFailed, or its kind KeyRefused.

    `timeout` is how long, in seconds, upstream may take to connect, and to send something.
    """

    def __init__(
        self, url: str, key: SecretStr, *, tls: TlsFiles = NO_FILES, timeout: float = 10.0
    ) -> None:
        self._url = url
        self._key = key
        self._timeout = timeout
        self._own_certificate = tls.own
        self._files = ExitStack()
        self._authorities = self._files.enter_context(authorities(tls))
        self._thread = WorkerThread("ayon-api")
        self._api: ServerAPI | None = None

    async def get(self, path: str) -> Told:
        """`GET /api/{path}`."""
        return await self._thread.call(lambda: self._asked("get", path))

    async def post(self, path: str, body: Mapping[str, Any]) -> Told:
        """`POST /api/{path}` with JSON."""
        return await self._thread.call(lambda: self._asked("post", path, json=body))

    async def graphql(self, query: str, variables: Mapping[str, Any]) -> Told:
        """The whole answer, `errors` included."""
        path = f"{self._url}/graphql"
        body = {"query": query, "variables": variables}
        return await self._thread.call(lambda: self._asked("post", path, json=body))

    def renew(self) -> None:
        """Ask over new connections from now on, and at once: what is being asked, perhaps over a
        line that is gone, keeps nobody waiting who asks later."""
        self._thread.close()
        self._thread = WorkerThread("ayon-api")
        self._api = None

    def close(self) -> None:
        """What is being asked is not waited for."""
        self._thread.close()
        self._files.close()

    def _asked(self, method: str, path: str, **sent: Any) -> Told:
        api = self._opened()
        began = time.monotonic()
        try:
            response = getattr(api, f"raw_{method}")(path, **sent)
        except (requests.RequestException, ServerError, ValueError) as failure:
            raise FeedFailed(_unreachable(failure)) from failure
        elapsed = time.monotonic() - began
        if response.status_code in {401, 403}:
            # The library would not ask again with a key that was refused once.
            self._api = None
            raise KeyRefused(f"{REFUSED} (status {response.status_code})")
        if response.orig_response is None:
            raise FeedFailed("upstream does not answer the feed")
        if not response.ok:
            raise FeedFailed(f"upstream answers the feed with status {response.status_code}")
        return Told(response.data, _date(response.headers) - elapsed)

    def _opened(self) -> ServerAPI:
        """The library's connection. To open it asks who the key belongs to."""
        if self._api is not None:
            return self._api
        try:
            api = ServerAPI(
                self._url,
                self._key.get_secret_value(),
                site_id=None,
                client_version=None,
                sender=SENDER,
                sender_type="proxy",
                ssl_verify=self._authorities,
                cert=self._own_certificate,
                timeout=self._timeout,
                max_retries=1,
            )
        except (requests.RequestException, ServerError, ValueError) as failure:
            raise FeedFailed(_unreachable(failure)) from failure
        if not api.has_valid_token:
            raise KeyRefused(REFUSED)
        if api._session is not None:  # noqa: SLF001 - the library has no setting for it
            # REQUESTS_CA_BUNDLE would be believed instead of what we have named.
            api._session.trust_env = False  # noqa: SLF001 - see above
        self._api = api
        return api


def _unreachable(failure: Exception) -> str:
    """Without the words of the failure: they may hold what was sent."""
    return f"upstream can't be asked ({type(failure).__name__})"


def _date(fields: Mapping[str, str]) -> float:
    """Seconds since the epoch. The field has whole seconds, cut off."""
    with suppress(TypeError, ValueError, OverflowError):
        return parsedate_to_datetime(fields.get("Date", "")).timestamp()
    raise FeedFailed("upstream's answers tell no time")
