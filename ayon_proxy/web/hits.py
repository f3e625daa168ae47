"""Requests that were answered from memory before, by their bytes (architecture 3.10).

    bytes of a request ─► hit ─┬─ all as it was ──────────── the same bytes again
                               ├─ a second later, say ────── made again by the ordinary code
                               └─ not to be repeated ─────── forgotten: the ordinary way

It is kept for no longer than memory allows, and losing it costs one request the ordinary way.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.bodies import InlineBody
from ayon_proxy.cache.given import Repeat
from ayon_proxy.cache.repeating import Repeater
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.policy.cache_key import url_for_people
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.plain_request import QUESTION, plain_request
from ayon_proxy.web.response_head import BODILESS, head_fields, written
from ayon_proxy.web.selecting import select

log = structlog.get_logger(__name__)

MOST_BODY_BYTES = 1024 * 1024
"""Of an answer that is written at once. What is larger waits for its reader piece by piece."""

JOINED_BYTES = 16 * 1024
"""Up to so many it is kept and written in one piece."""

OVERHEAD_BYTES = 4096
"""What a hit takes in memory beside the bytes of its request and its answer."""

MOST_HEADS = 10_000
"""Heads of questions that are remembered; one is kept back for its body if it is among them."""

NOTE_SECONDS = 1.0
"""How often it is noted what was used."""


@dataclass(slots=True, eq=False)
class Hit:
    """What a client is sent: `head`, and then `body` unless that is in it already."""

    asked: bytes
    request: Request
    repeat: Repeat
    head: bytes = b""
    body: bytes = b""
    body_bytes: int = 0
    times: int = 0
    """How often since it was noted last."""
    cost: int = 0


class Hits:
    """`most_bytes`: what all of them may take in memory."""

    def __init__(self, repeater: Repeater, store: Store, traffic: Traffic, most_bytes: int) -> None:
        self._repeater = repeater
        self._stands = repeater.stands
        self._store = store
        self._traffic = traffic
        self._most_bytes = most_bytes
        self._hits: dict[bytes, Hit] = {}
        self._questions: dict[bytes, int] = {}
        self._used: list[Hit] = []
        self.bytes = 0
        self.given = 0
        """Answers, since the start."""

    def find(self, asked: bytes) -> Hit | None:
        """How the request of these bytes is answered; None where that takes the ordinary way."""
        hit = self._hits.get(asked)
        if hit is None or not (self._stands(hit.repeat) or self._made_again(hit)):
            return None
        self.given += 1
        traffic = self._traffic
        traffic.requests += 1
        traffic.hits += 1
        traffic.bytes_to_clients += hit.body_bytes
        hit.times += 1
        if hit.times == 1:
            self._note_later(hit)
        return hit

    def question_bytes(self, head: bytes) -> int | None:
        """The length of the body that belongs to this head, if questions with this very head were
        answered before."""
        return self._questions.get(head)

    def learn(self, asked: bytes, request: Request, repeat: Repeat) -> None:
        """The request of these bytes was answered so. Of one that is not plain nothing is kept."""
        plain = plain_request(asked)
        if plain is None or plain.method != request.method.encode():
            return
        if plain.target != request.target:
            return
        self._keep(Hit(asked, request, repeat))  # made when it is asked for: most never are
        if asked.startswith(QUESTION):
            if len(self._questions) >= MOST_HEADS:
                self._questions.clear()
            self._questions[asked[: plain.head_bytes]] = plain.body_bytes

    def _made_again(self, hit: Hit) -> bool:
        """Whether it can be; else it is forgotten."""
        answer = self._repeater.again(hit.repeat)
        if answer is None or not _compile(hit, answer):
            self._forget(hit)
            return False
        self._keep(hit)
        return True

    def _keep(self, hit: Hit) -> None:
        """As the one used last; the oldest make room for it."""
        self._forget(hit)
        # A body that others hold as well is counted again: it may be held here alone one day.
        content = max(len(hit.repeat.given.content or b""), hit.body_bytes)
        hit.cost = OVERHEAD_BYTES + 2 * len(hit.asked) + len(hit.head) + content
        self.bytes += hit.cost
        self._hits[hit.asked] = hit
        while self.bytes > self._most_bytes:
            self._forget(next(iter(self._hits.values())))

    def _forget(self, hit: Hit) -> None:
        known = self._hits.pop(hit.asked, None)
        if known is not None:
            self.bytes -= known.cost

    def _note_later(self, hit: Hit) -> None:
        if not self._used:
            asyncio.get_running_loop().call_later(NOTE_SECONDS, self._note)
        self._used.append(hit)

    def _note(self) -> None:
        """Nothing of this costs a hit: what was used, and a line in the log for each."""
        used, self._used = self._used, []
        for hit in used:
            self._store.touch(hit.repeat.key)
            log.debug("hits", url=url_for_people(hit.request), times=hit.times)
            hit.times = 0


def _compile(hit: Hit, answer: Answer) -> bool:
    """Whether the answer is one to be given at once and whole."""
    selected = select(hit.request, answer)
    body = answer.body
    if selected.pieces or not isinstance(body, InlineBody) or body.length > MOST_BODY_BYTES:
        return False
    status = selected.head.status
    head = written(status, head_fields(answer, selected))
    content = b"" if status in BODILESS else body.content
    hit.body_bytes = len(content)
    if len(content) <= JOINED_BYTES:
        hit.head, hit.body = head + content, b""
    else:
        hit.head, hit.body = head, content
    return True
