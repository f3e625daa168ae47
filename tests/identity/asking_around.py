"""Everybody asks the same, one after another, and is given what upstream gives to each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import httpx

from ayon_proxy.policy.routes.route import Share
from tests.clients.sweep import Answer, deviations
from tests.identity.cast import Member, client
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


GIVEN = "given what was fetched for somebody else"
NOT_GIVEN = "not given what is stored for all like this"


def is_hit(status: str) -> bool:
    """By Cache-Status."""
    return status.startswith("ayon-proxy; hit")


def is_stored(given: Answer, status: str) -> bool:
    """By Cache-Status, and GraphQL answers its errors with 200."""
    errors = isinstance(given.body, dict) and "errors" in given.body
    return "stored" in status and given.status < httpx.codes.BAD_REQUEST and not errors


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
                return [stack.enter_context(client(url, each.fields)) for each in people]

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
                    if wrong_place := self._misplaced(member, read, given, status, warmed):
                        # What is not kept for its own reader is kept for nobody.
                        kept = wrong_place == GIVEN or is_hit(read.ask(proxy)[1])
                        wrong += [f"{wrong_place}: {status}"] if kept else []
                    if wrong:
                        found[f"{member.name}: {read}"] = wrong
            return found

    def _misplaced(
        self, member: Member, read: Read, given: Answer, status: str, warmed: set[str]
    ) -> str:
        """That an answer is another's where it should not be, or is not where it should be.

        `warmed` are the scopes for which something is stored by now.
        """
        own = scope(member, read.share) if self._shares else ""
        given_too = is_hit(status) or "collapsed" in status
        if given_too and own not in warmed:
            return GIVEN
        if own in warmed and not given_too and not read.deciding:
            return NOT_GIVEN
        if own and is_stored(given, status):
            warmed.add(own)
        return ""
