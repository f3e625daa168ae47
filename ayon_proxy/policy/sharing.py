"""With whom an answer may be shared: what the route table says, and what else of a request decides.

Only the kinds of users are told apart here; that a caller is one of them is proved elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ayon_proxy.policy.message import Request
from ayon_proxy.policy.query import pairs
from ayon_proxy.policy.routes.route import Kind, Route, Share

_SITE = frozenset({"site", "site_id"})
"""Parameters by which upstream takes a site for settings; those read no request field for it."""


def sharing(route: Route, request: Request) -> Share:
    """Who may be given the answer that is stored for this request, besides who asked.

    For GraphQL see `shown.examining`: the row of `/graphql` shares nothing.
    """
    if route.kind not in (Kind.STORE, Kind.FILE):
        return Share.USER
    if route.own_site and any(name in _SITE for name, _ in pairs(request.query)):
        return Share.USER
    return route.share


def meant(name: str, entered: Iterable[str]) -> tuple[str, ...]:
    """Which of the projects that a caller may enter a request for that name may be answered with.

    Upstream matches names without case, and in GraphQL as a pattern in which `_` is any character;
    of several it takes the first that the caller may enter. So an answer may be shared only among
    callers with equal permissions in all of these. None, where it is not to be told.
    """
    pattern = re.compile(
        "".join("." if each == "_" else re.escape(each) for each in name), re.IGNORECASE | re.DOTALL
    )
    return tuple(sorted(each for each in entered if pattern.fullmatch(each)))
