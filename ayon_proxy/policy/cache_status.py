"""What the proxy did, as a Cache-Status field (RFC 9211), for the forms that contract.md lists."""

from __future__ import annotations

from ayon_proxy.policy.decision import Deliver, ForwardReason

NAME = "ayon-proxy"


def hit(deliver: Deliver) -> bytes:
    """A stored answer."""
    parameter = "detail=offline" if deliver.offline else f"ttl={int(deliver.ttl)}"
    return f"{NAME}; hit; {parameter}".encode()


def forwarded(reason: ForwardReason, *, stored: bool = False, collapsed: bool = False) -> bytes:
    """An answer of upstream's. `collapsed`: another request had asked already."""
    done = "; collapsed" if collapsed else "; stored" if stored else ""
    return f"{NAME}; fwd={reason.value}{done}".encode()


def refused(detail: str) -> bytes:
    """An answer of the proxy's own, since upstream gave none; `detail` is a token."""
    return f"{NAME}; detail={detail}".encode()


def is_hit(cache_status: bytes) -> bool:
    """Whether the answer was stored before the request came."""
    return cache_status.startswith(f"{NAME}; hit".encode())
