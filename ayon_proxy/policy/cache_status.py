"""What the proxy did, as a Cache-Status field (RFC 9211), for the forms that contract.md lists."""

from __future__ import annotations

from ayon_proxy.policy.decision import Deliver, ForwardReason

NAME = "ayon-proxy"


def hit(deliver: Deliver) -> bytes:
    """A stored answer."""
    parameter = "detail=offline" if deliver.offline else f"ttl={int(deliver.ttl)}"
    return f"{NAME}; hit; {parameter}".encode()


def forwarded(
    reason: ForwardReason,
    *,
    stored: bool = False,
    collapsed: bool = False,
    detail: str | None = None,
) -> bytes:
    """An answer of upstream's. `collapsed`: another request had asked already."""
    parameters = [NAME, f"fwd={reason.value}"]
    if collapsed:
        parameters.append("collapsed")
    elif stored:
        parameters.append("stored")
    if detail is not None:
        parameters.append(f"detail={detail}")
    return "; ".join(parameters).encode()
