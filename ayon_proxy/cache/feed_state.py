"""How the event feed is doing, for people and for `/-/status`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from ayon_proxy.policy import lifetimes

WITHOUT_IT = (
    "what others change is not noticed when it happens, only the short lifetimes apply:"
    f" entities are up to {lifetimes.ENTITY.unwatched:.0f} s old,"
    f" studio configuration and thumbnails up to {lifetimes.STUDIO_CONFIG.unwatched:.0f} s"
)

NO_KEY = (
    "There is no key of a service user (AYON_PROXY_UPSTREAM__API_KEY), so there is no event feed: "
    f"{WITHOUT_IT}."
)

State = Literal["live", "catching_up", "unconfirmed", "lost", "disabled"]


@dataclass(frozen=True, slots=True)
class FeedState:
    """The names are contract.md's. Times are seconds since the epoch; `applied` counts events,
    `cursor` is the place in upstream's log that was reached. `detail` says what is lost, if any."""

    state: State
    since: float
    last_message_at: float | None = None
    applied: int = 0
    cursor: int | None = None
    detail: str | None = None


class EventFeed(Protocol):
    """What the rest of the proxy wants to know of it."""

    @property
    def live(self) -> bool:
        """Whether every event is seen: the long lifetimes hold."""

    @property
    def state(self) -> FeedState:
        """How it is doing."""

    @property
    def upstream_version(self) -> str | None:
        """What upstream called itself when it was last asked."""


class NoFeed:
    """There is no service key."""

    def __init__(self, since: float) -> None:
        self.live = False
        self.upstream_version = None
        self.state = FeedState("disabled", since, detail=NO_KEY)
