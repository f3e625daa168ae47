"""Tokens that upstream hands out through the proxy: whoever brings one of them does not guess."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import orjson

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.peeking import PeekedBody
from ayon_proxy.policy.principal import key_mark, session_mark

PATTERNS = frozenset(
    {
        "/api/auth/login",
        "/api/auth/sessions",
        "/api/auth/tokenauth",
        "/api/users/acceptInvite",
        "/api/users/{user_name}/apikeys",
    }
)
"""Rows whose answers hold a new token."""

READ_BYTES = 64 * 1024
MOST_TOKENS = 10_000


class Granted:
    """Their HMACs, of the last MOST_TOKENS; nothing is written down."""

    def __init__(self, secret_key: bytes) -> None:
        self._secret_key = secret_key
        self._marks: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, found: object) -> bool:
        return found in self._marks

    async def noted(self, answer: Answer) -> Answer:
        """The answer as it is to be handed on; what it grants is known from then on."""
        peeked = PeekedBody(answer.body)
        content = await peeked.whole(READ_BYTES)
        for token in _tokens(content or b""):
            written = token.encode(errors="surrogatepass")
            self._hold(session_mark(written, self._secret_key))
            self._hold(key_mark(written, self._secret_key))
        return Answer(answer.head, peeked, answer.cache_status, answer.selectable)

    def _hold(self, mark: bytes) -> None:
        self._marks[mark] = None
        if len(self._marks) > MOST_TOKENS:
            self._marks.popitem(last=False)


def _tokens(content: bytes) -> Iterator[str]:
    try:
        said = orjson.loads(content)
    except orjson.JSONDecodeError:
        return
    yield from _named(said.items() if isinstance(said, dict) else ())


def _named(members: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, value in members:
        if name in ("token", "accessToken", "key", "apiKey") and isinstance(value, str):
            yield value
