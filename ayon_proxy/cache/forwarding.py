"""Requests that go to upstream as they are: what is never stored, and writes."""

from __future__ import annotations

from ayon_proxy.cache.answer import Answer, RequestBody, error_answer
from ayon_proxy.cache.bodies import RelayedBody
from ayon_proxy.cache.line import Line
from ayon_proxy.cache.ports import Upstream, UpstreamResponse
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamTroubled, UpstreamUnreachable
from ayon_proxy.policy import cache_status
from ayon_proxy.policy.decision import ForwardReason
from ayon_proxy.policy.fields import content_length
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.presenting import ONLY_IF_CACHED, offline_sentence


class Forwarder:
    """Relays one exchange over `upstream`; stores nothing. `line` tells since when it is away."""

    def __init__(self, upstream: Upstream, line: Line, traffic: Traffic) -> None:
        self._upstream = upstream
        self._line = line
        self._traffic = traffic

    async def send(
        self, request: Request, body: RequestBody, *, follow_redirects: bool = False
    ) -> UpstreamResponse:
        """Send the request as it is. Raises as `Upstream.send` does."""
        content = body.stream() if body.present else None
        return await self._upstream.send(request, content, follow_redirects=follow_redirects)

    async def perhaps_back(self) -> bool:
        """See `Line`."""
        return await self._line.perhaps_back()

    async def relay(self, request: Request, body: RequestBody, reason: ForwardReason) -> Answer:
        """Send the request and give upstream's answer; 504 where there is none."""
        try:
            response = await self.send(request, body)
        except (UpstreamUnreachable, UpstreamBroke) as error:
            return self.failure(request, error)
        length = content_length(response.head.fields)
        return Answer(response.head, RelayedBody(response, length), cache_status.forwarded(reason))

    def refusal(self, request: Request, *, only_if_cached: bool = False) -> Answer:
        """504: upstream can't be asked, or may not be."""
        self._traffic.refused += 1
        if only_if_cached:
            return error_answer(504, ONLY_IF_CACHED, cache_status.refused("only-if-cached"))
        reachability = self._line.reachability
        since = reachability.since if reachability.offline else None
        detail = offline_sentence(since, request.method)
        return error_answer(504, detail, cache_status.refused("offline"))

    def failure(self, request: Request, error: ProxyError) -> Answer:
        """504 after a try that brought no answer."""
        if isinstance(error, UpstreamTroubled) and not self._line.reachability.offline:
            self._traffic.refused += 1
            detail = f"{error} This answer is not stored here."
            return error_answer(504, detail, cache_status.refused("gateway"))
        if not isinstance(error, UpstreamBroke):
            return self.refusal(request)
        self._traffic.refused += 1
        detail = "The connection to the AYON server was lost before it had answered."
        if request.method not in ("GET", "HEAD"):
            detail += " The request had been sent and may have been carried out."
        return error_answer(504, detail, cache_status.refused("lost"))
