"""The same calls directly, through the proxy, and through the proxy again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.clients.calls.call import Call
from tests.clients.outcomes import differences, outcome

Connect = Callable[[str], Any]
"""Url → a new connection of somebody."""


@dataclass(slots=True)
class Comparison:
    """What came of it. Each entry names its call."""

    unlike: dict[str, list[str]] = field(default_factory=dict)
    """Calls whose result differs through the proxy, and where."""
    asked_again: dict[str, list[str]] = field(default_factory=dict)
    """Calls that asked upstream for something storable though it had just been stored."""
    outcomes: dict[str, Any] = field(default_factory=dict)
    """What the direct calls came to."""


def compare(
    calls: Iterable[Call],
    connect: Connect,
    direct: str,
    proxied: str,
    asked: Callable[[], list[str]] = list,
) -> Comparison:
    """Make all calls, each directly, then twice through the proxy.

    `direct` and `proxied` are the urls. `asked` says what storable things upstream was asked for
    since it was last called, when everything is at rest. Three connections, since each keeps
    things for itself: each of them must have asked the same before a call.
    """
    found = Comparison()
    plain, cold, stored = connect(direct), connect(proxied), connect(proxied)
    for call in calls:
        expected = outcome(plain, call, direct)
        first = outcome(cold, call, proxied)
        asked()
        second = outcome(stored, call, proxied)
        if again := asked():
            found.asked_again[str(call)] = again
        unlike = {
            *(("cold", each) for each in differences(expected, first)),
            *(("stored", each) for each in differences(expected, second)),
        }
        if unlike:
            # What differs between two direct reads, too, is not the proxy's doing.
            again_directly = outcome(plain, call, direct)
            unsteady = set(differences(expected, again_directly))
            unlike = {(when, each) for when, each in unlike if each not in unsteady}
        if unlike:
            found.unlike[str(call)] = [" ".join(each) for each in sorted(unlike)]
        found.outcomes[str(call)] = expected
    return found
