"""Answers hits before there is an ASGI cycle, and hands everything else on as it came.

Only between two requests, when nothing is being read, answered or written: then what comes may be
the bytes of one that was answered before (`hits`). A question's head often comes alone and its body
in the next segment; it is kept back for that, a moment long.

    bytes ─┬─ hit, hit, … ─────────────────── written at once
           ├─ the known head of a question ── kept until its body is there
           └─ anything else ───────────────── Protocol, the parser, ASGI; then perhaps learned
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

from ayon_proxy.cache.given import Repeat
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.plain_request import END_OF_HEAD, MOST_BYTES, QUESTION
from ayon_proxy.web.hits import MOST_BODY_BYTES, Hit, Hits
from ayon_proxy.web.protocol import LEARN, Protocol

BODY_FOLLOWS_SECONDS = 0.1
"""How long the head of a question waits here for its body. Afterwards it goes the ordinary way,
whose patience with clients is longer."""


class HitProtocol(Protocol):
    """Set as `http` in uvicorn's configuration, with what is known in `hits`."""

    def __init__(self, *uvicorns: Any, hits: Hits, **named: Any) -> None:
        super().__init__(*uvicorns, **named)
        self._hits = hits
        self._asked: bytes | None = None
        """What has come since nothing was under way, if it may be learned."""
        self._kept_back = b""
        self._too_long: asyncio.TimerHandle | None = None
        self._hit_at = 0.0

    def data_received(self, data: bytes) -> None:
        if self._kept_back:
            data = self._taken_back() + data
        elif not self._between_requests:
            if self._asked is not None:
                asked = self._asked + data
                self._asked = asked if len(asked) <= MOST_BYTES else None
            super().data_received(data)
            return
        rest = self._answered(data)
        if rest:
            self._asked = rest if len(rest) <= MOST_BYTES else None
            super().data_received(rest)

    @property
    def _between_requests(self) -> bool:
        return not (
            self._begun
            or self._held
            or self._refusal is not None
            or self._unanswered
            or self.transport.get_write_buffer_size()
            or self.transport.is_closing()
        )

    def _answered(self, data: bytes) -> bytes:
        """Answer what is known, in order; the rest is for others."""
        known: list[Hit] = []
        size = 0
        while data and size < MOST_BODY_BYTES:
            hit = self._hits.find(data) if len(data) <= MOST_BYTES else None
            if hit is not None:
                length = len(data)
            else:
                length = self._request_bytes(data)
                if length > len(data):
                    self._keep_back(data)
                    data = b""
                    break
                if not 0 < length < len(data):
                    break
                hit = self._hits.find(data[:length])
            if hit is None:
                break
            known.append(hit)
            size += hit.body_bytes + len(hit.head)
            data = data[length:]
        if known:
            self._hit_at = self.loop.time()
            self._write(known)
        return data

    def _request_bytes(self, data: bytes) -> int:
        """The length of the first request in it, if that may be a hit, else 0."""
        ends = data.find(END_OF_HEAD)
        if ends < 0 or ends > MOST_BYTES:
            return 0
        head_bytes = ends + len(END_OF_HEAD)
        if data.startswith(b"GET "):
            return head_bytes
        if not data.startswith(QUESTION):
            return 0
        body_bytes = self._hits.question_bytes(data[:head_bytes])
        return 0 if body_bytes is None else head_bytes + body_bytes

    def _write(self, known: list[Hit]) -> None:
        if len(known) == 1 and not known[0].body:
            self.transport.write(known[0].head)
        else:
            self.transport.writelines([part for hit in known for part in (hit.head, hit.body)])

    def _keep_back(self, data: bytes) -> None:
        self._kept_back = data
        self._too_long = self.loop.call_later(BODY_FOLLOWS_SECONDS, self._wait_no_longer)

    def _taken_back(self) -> bytes:
        kept, self._kept_back = self._kept_back, b""
        if self._too_long is not None:
            self._too_long.cancel()
            self._too_long = None
        return kept

    def _wait_no_longer(self) -> None:
        self._asked = kept = self._taken_back()
        super().data_received(kept)

    def connection_lost(self, exc: Exception | None) -> None:
        self._taken_back()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Nobody has asked for long, unless a hit was given meanwhile: no timer is told of one."""
        idle_until = self._hit_at + self._limits.idle_seconds
        if self._kept_back or idle_until > self.loop.time():
            self.timeout_keep_alive_task = self.loop.call_at(
                max(idle_until, self.loop.time() + BODY_FOLLOWS_SECONDS),
                self.timeout_keep_alive_handler,
            )
            return
        super().timeout_keep_alive_handler()

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"][LEARN] = partial(self._learn, self.url)

    def _learn(self, target: bytes, request: Request, repeat: Repeat) -> None:
        """The request that was just answered was answered from memory."""
        if self._asked is not None and request.target == target:
            self._hits.learn(self._asked, request, repeat)
