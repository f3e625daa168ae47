"""`POST /graphql`: answered from the store, or as upstream does.

A body that can't be read, whatever is wrong with it, goes to upstream as it came: it is the judge.
"""

from __future__ import annotations

from dataclasses import replace

from ayon_proxy.cache.answer import Answer, RequestBody
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.questions import Questions
from ayon_proxy.cache.reading import Reader
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.visitor import Visitor
from ayon_proxy.policy.decision import ForwardReason
from ayon_proxy.policy.fields import replaced, value, without
from ayon_proxy.policy.graphql.bounds import MOST_BODY_BYTES
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Route
from ayon_proxy.policy.routes.rows import JSON


class Asker:
    """Answers GraphQL questions."""

    def __init__(
        self, questions: Questions, reader: Reader, forwarder: Forwarder, traffic: Traffic
    ) -> None:
        self._questions = questions
        self._reader = reader
        self._forwarder = forwarder
        self._traffic = traffic

    async def ask(self, visitor: Visitor, route: Route, body: RequestBody) -> Answer:
        """Answer one question."""
        request = visitor.request
        content = await body.whole(MOST_BODY_BYTES) if _is_plain_json(request) else None
        understood = None if content is None else self._questions.understood(content)
        if content is None or understood is None or understood.examined.never:
            self._traffic.passed += 1
            return await self._forwarder.relay(request, body, ForwardReason.BYPASS)
        examined = understood.examined
        wanted = visitor.wanted(
            route,
            understood.tags,
            examined.lifetimes,
            share=examined.share,
            projects=(examined.project,) if examined.project else understood.projects,
            extra=understood.key,
        )
        asked = replace(
            wanted,
            request=_with_length(request, content),
            question=content,
            deciding=bool(examined.deciding),
        )
        return await self._reader.read(asked, body)


def _is_plain_json(request: Request) -> bool:
    """Upstream refuses other media types, and knows no content coding of a request."""
    media = (value(request.fields, b"content-type") or b"").partition(b";")[0].strip().lower()
    return media == JSON.encode() and value(request.fields, b"content-encoding") is None


def _with_length(request: Request, content: bytes) -> Request:
    """The request as it is sent by a fetch, whose body is whole."""
    fields = without(request.fields, (b"transfer-encoding",))
    length = (b"content-length", b"%d" % len(content))
    return Request(request.method, request.path, request.query, replaced(fields, *length))
