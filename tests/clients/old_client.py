"""A program: the table of calls with whatever version of the client library is first on the path.

Reads a JSON object from standard input: `subjects`, `credentials` (name → token or key), `direct`
and `proxied` urls. Writes one: the library's `version`, the `unlike` calls of everybody, the
methods that found something (`found`), what calls of the first of them raised (`raised`), and the
calls this version does not know (`unknown`).
"""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

import ayon_api

from tests.clients.calls import calls_about
from tests.clients.calls.call import Call
from tests.clients.comparison import compare
from tests.clients.identities import Identity
from tests.clients.subjects import Subjects


def main() -> None:
    """Compare for each credential."""
    asked = json.load(sys.stdin)
    link_type = tuple(asked["subjects"].pop("link_type"))
    calls = calls_about(Subjects(**asked["subjects"], link_type=link_type))
    known = [call for call in calls if is_known(call)]
    unlike: dict[str, Any] = {}
    found: set[str] = set()
    raised: dict[str, str] = {}
    for name, token in asked["credentials"].items():
        compared = compare(known, Identity(token).connect, asked["direct"], asked["proxied"])
        unlike |= {f"{name}: {call}": where for call, where in compared.unlike.items()}
        failed = {
            call: str(outcome)
            for call, outcome in compared.outcomes.items()
            if str(outcome).startswith("!")
        }
        raised = raised or failed
        found |= {
            call.method
            for call in known
            if compared.outcomes[str(call)] and str(call) not in failed
        }
    unknown = sorted(str(call) for call in calls if call not in known)
    written = {
        "version": getattr(ayon_api, "__version__", "?"),
        "unlike": unlike,
        "found": sorted(found),
        "raised": raised,
        "unknown": unknown,
    }
    json.dump(written, sys.stdout)


def is_known(call: Call) -> bool:
    """Whether this version has the method, and it takes these arguments."""
    method = getattr(ayon_api.ServerAPI, call.method, None)
    if method is None:
        return False
    try:
        inspect.signature(method).bind(None, *call.args, **call.kwargs)
    except TypeError:
        return False
    return True


if __name__ == "__main__":
    main()
