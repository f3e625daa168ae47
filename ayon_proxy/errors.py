"""Every exception of the program, as a tree.

    ProxyError                    has a sentence for people
    ├── CannotStart               the program stops with this sentence; `exit_status` 1 or 2
    ├── UpstreamUnreachable       no connection, or none in time, before a response's head
    │   ├── UpstreamBusy          we have no connection free for it: says nothing about upstream
    │   ├── UpstreamAway          it is known to be away: nothing was sent
    │   └── UpstreamTroubled      what stands before it answered in its place (502, 503, 504)
    ├── UpstreamBroke             the response ended before its end
    │   └── RedirectedNowhere     it was a redirect that can't be followed
    ├── FeedFailed                upstream could not be asked what has happened there
    │   └── KeyRefused            it does not accept the service key, or not for this
    └── StorageFailed             the disk or the database refused; a response is never lost to it
        └── NoRoom                the bound that is set for what is kept is reached

Adapters translate foreign exceptions once, at their edge. Above the ports nobody catches httpx,
SQLAlchemy or OSError.
"""

from __future__ import annotations


class ProxyError(Exception):
    """What went wrong, as one sentence."""


class CannotStart(ProxyError):
    """The program can't run as it was asked to; `exit_status` 2 is wrong use, 1 everything else."""

    def __init__(self, sentence: str, *, exit_status: int = 1) -> None:
        super().__init__(sentence)
        self.exit_status = exit_status


class UpstreamUnreachable(ProxyError):
    """Upstream gave no response head: refused, timed out, name not found, TLS not trusted."""


class UpstreamBusy(UpstreamUnreachable):
    """Nothing was sent: all connections that may be open are in use. Upstream may be well."""


class UpstreamAway(UpstreamUnreachable):
    """Upstream is known to be away. Nothing was sent; or a read was, and is not waited for."""


class UpstreamTroubled(UpstreamUnreachable):
    """A gateway answered a read in upstream's place, and did so again when it was asked again."""

    def __init__(self, status: int) -> None:
        super().__init__(f"What stands before the AYON server answered {status}.")
        self.status = status


class UpstreamBroke(ProxyError):
    """The connection to upstream ended in the middle of a body."""


class RedirectedNowhere(UpstreamBroke):
    """Upstream has answered, with a redirect that can't be followed: to ask again is of no use."""


class FeedFailed(ProxyError):
    """Upstream did not tell what has happened there, or cannot be understood."""


class KeyRefused(FeedFailed):
    """Upstream does not accept the service key, or it belongs to a user who may not see all."""


class StorageFailed(ProxyError):
    """The data directory or the database could not be read or written."""


class NoRoom(StorageFailed):
    """It would be more than may be kept: nothing is wrong with the disk."""
