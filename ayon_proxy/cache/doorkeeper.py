"""Who is it, and what follows from that before and after its request is answered.

no credential ─────────────── nobody in particular
upstream has proved it ────── may be given what is stored
upstream can't be asked ───── may not, unless it was proved within the grace time
upstream has refused it ───── is told so again; what is open to all it gets as nobody
one of too many unknown ones  429
"""

from __future__ import annotations

from dataclasses import replace

from ayon_proxy.cache.answer import Answer, error_answer
from ayon_proxy.cache.bodies import InlineBody
from ayon_proxy.cache.callers import Callers
from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.granting import PATTERNS, Granted
from ayon_proxy.cache.line import Line
from ayon_proxy.cache.revoking import Revoking
from ayon_proxy.cache.standing import NOBODY, Met, Refusal, Standing, Throttled
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.visitor import Visitor
from ayon_proxy.policy import cache_status
from ayon_proxy.policy.classify import Classified
from ayon_proxy.policy.fields import replaced
from ayon_proxy.policy.message import Head, Request
from ayon_proxy.policy.open_to_all import open_to_all
from ayon_proxy.policy.presenting import TOO_MANY_UNKNOWN
from ayon_proxy.policy.principal import principal, without_credential
from ayon_proxy.policy.revocation import may_change_rights
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.routes.rows import JSON
from ayon_proxy.policy.storing import has_media

STORED = frozenset({Kind.STORE, Kind.FILE, Kind.QUESTION, Kind.RESOLVE})


class Doorkeeper:
    """`shares` is False where the studio shares nothing between users (IDENTITY__SHARING)."""

    def __init__(
        self,
        *,
        callers: Callers,
        credentials: Credentials,
        revoking: Revoking,
        granted: Granted,
        line: Line,
        traffic: Traffic,
        secret_key: bytes,
        shares: bool,
    ) -> None:
        self._callers = callers
        self._credentials = credentials
        self._revoking = revoking
        self._granted = granted
        self._line = line
        self._traffic = traffic
        self._secret_key = secret_key
        self._shares = shares

    async def let_in(self, request: Request, classified: Classified) -> Visitor | Answer:
        """The caller as it is known; or what it is told instead of an answer."""
        caller = principal(request, self._secret_key)
        if caller == self._callers.anonymous:
            return self._visitor(request, caller, NOBODY)
        is_open, stored = open_to_all(classified.route, request), classified.route.kind in STORED
        if not stored and self._credentials.knows(caller):
            return self._visitor(request, caller, None)  # upstream itself is about to judge it
        if is_open and not stored:
            return self._visitor(await self._at_an_open_door(request), caller, None)
        met = await self._credentials.met(caller, request)
        if is_open and self._is_as_good_as_nobody(met):
            return self._visitor(without_credential(request), self._callers.anonymous, NOBODY)
        if isinstance(met, Standing) or met is None:
            return self._visitor(request, caller, met)
        self._traffic.refused += 1
        return _told_off(met)

    async def answered(self, visitor: Visitor, classified: Classified, answer: Answer) -> Answer:
        """What upstream's answer says of the caller, or of others; the answer to hand on."""
        status, route = answer.head.status, classified.route
        if status < 400 and route.ends_session:
            await self._revoking.ended(visitor.request)
        elif _may_be_done(status) and may_change_rights(visitor.request):
            self._revoking.everybody()
        elif _refuses(answer) and not open_to_all(route, visitor.request):
            await self._refused(visitor)
        if status == 200 and route.pattern in PATTERNS:
            return await self._granted.noted(answer)
        return answer

    async def _refused(self, visitor: Visitor) -> None:
        """What upstream has refused is over, unless it says at once that it knows it after all."""
        if await self._credentials.proved_anew(visitor.principal, visitor.request) is None:
            await self._credentials.forget([visitor.principal])

    async def _at_an_open_door(self, request: Request) -> Request:
        """The request without a credential that upstream does not know: it looks at every one, on
        any path, and counts those that it refuses (server.md 3.1, 3.2). In a query there may be a
        one-time token, which is none."""
        shown = replace(request, query=b"")
        caller = principal(shown, self._secret_key)
        if caller == self._callers.anonymous:
            return request
        met = await self._credentials.met(caller, shown)
        if isinstance(met, Refusal | Throttled):
            return replace(without_credential(shown), query=request.query)
        return request

    def _is_as_good_as_nobody(self, met: Met) -> bool:
        return not isinstance(met, Standing) and (
            met is not None or not self._line.reachability.online
        )

    def _visitor(self, request: Request, caller: bytes, standing: Standing | None) -> Visitor:
        as_of = self._callers.as_of_now(caller)
        return Visitor(request, caller, as_of, standing, self._shares)


def _may_be_done(status: int) -> bool:
    """Whether what was asked for has happened, or perhaps has."""
    return not 400 <= status < 500


def _refuses(answer: Answer) -> bool:
    """AYON's own 401: a page that says so is of someone in between."""
    return answer.head.status == 401 and has_media(answer.head, JSON)


def _told_off(met: Refusal | Throttled) -> Answer:
    if isinstance(met, Refusal):
        head = Head(met.head.status, met.head.fields)
        return Answer(head, InlineBody(met.body), cache_status.refused("refused"))
    answer = error_answer(429, TOO_MANY_UNKNOWN, cache_status.refused("guessing"))
    retry = replaced(answer.head.fields, b"retry-after", b"%d" % max(1, met.seconds))
    return Answer(Head(429, retry), answer.body, answer.cache_status)
