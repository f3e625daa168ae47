"""Everybody asks the same, one after another, and is given what upstream gives to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack

import httpx

from ayon_proxy.policy.routes.route import Share
from tests.clients.sweep import Answer, deviations
from tests.identity.cast import Member
from tests.identity.questions import Read


def scope(member: Member, share: Share) -> str:
    """What all who may share have in common; empty where it is nobody else's."""
    match share:
        case Share.SIGNED_IN if member.level:
            return "signed in"
        case Share.LEVEL:
            return member.level
        case Share.PROJECT:
            return member.in_project
        case _:
            return ""


FEW = ("outsider", "limited_1", "manager", "service")


class Around:
    """Two servers and who asks them: upstream itself, and the proxy before it.

    `shares`: whether the proxy is to share at all.
    """

    def __init__(self, upstream: str, proxy: str, *, shares: bool) -> None:
        self._upstream = upstream
        self._proxy = proxy
        self._shares = shares

    def mistakes(
        self, people: Sequence[Member], reads: Iterable[Read], forbidden: str
    ) -> dict[str, list[str]]:
        """Who was given something wrong, and what; each thing is asked in the order of `people`.

        What is about the project `forbidden` is asked by a few only: nobody but managers may.
        """
        with ExitStack() as stack:

            def clients(url: str) -> list[httpx.Client]:
                return [
                    stack.enter_context(
                        httpx.Client(base_url=url, headers=dict(each.fields), timeout=60)
                    )
                    for each in people
                ]

            direct, proxied = clients(self._upstream), clients(self._proxy)
            found = {}
            for read in dict.fromkeys(reads):
                warmed: set[str] = set()
                for member, upstream, proxy in zip(people, direct, proxied, strict=True):
                    if forbidden in read.target and member.name not in FEW:
                        continue
                    expected, _ = read.ask(upstream)
                    given, status = read.ask(proxy)
                    wrong = list(deviations(expected, given))
                    if wrong:
                        # What differs between two direct reads, too, is not the proxy's doing.
                        steady = set(deviations(expected, read.ask(upstream)[0]))
                        wrong = [each for each in wrong if each not in steady]
                    wrong += self._misplaced(member, read, given, status, warmed)
                    if wrong:
                        found[f"{member.name}: {read}"] = wrong
            return found

    def _misplaced(
        self, member: Member, read: Read, given: Answer, status: str, warmed: set[str]
    ) -> Iterator[str]:
        """Answers from the store, where there should be none, or none where there is one.

        `warmed` are the scopes for which something is stored by now.
        """
        own = scope(member, read.share) if self._shares else ""
        hit = status.startswith("ayon-proxy; hit")
        if hit and own not in warmed:
            yield f"given what was stored for somebody else: {status}"
        asked = "fwd=uri-miss" in status and "collapsed" not in status
        if own in warmed and given.status == httpx.codes.OK and asked and not read.deciding:
            yield f"not given what is stored for all like this: {status}"
        if own and "stored" in status:
            warmed.add(own)
