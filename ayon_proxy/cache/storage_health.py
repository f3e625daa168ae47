"""Whether the disk and the database do their work: said in the log when it changes, not each time.

A disk that is nearly full takes small answers and no large ones, so a success alone does not mean
that it is well: it is once nothing has failed for a while, and something has been stored since.
"""

from __future__ import annotations

import structlog

from ayon_proxy.cache.ports import Clock
from ayon_proxy.errors import NoRoom, StorageFailed

log = structlog.get_logger(__name__)

QUIET_SECONDS = 5.0
"""Without a failure for so long, what is stored then shows that storage works again."""


class StorageHealth:
    """`failing` is the latest failure's sentence, None while storage works."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failed_at = float("-inf")
        self.failing: str | None = None

    def failed(self, failure: StorageFailed) -> None:
        """Something could not be read or written. That the bound on the directory is reached is no
        failure of the disk's."""
        if isinstance(failure, NoRoom):
            return
        if self.failing is None:
            log.warning("storage_failing", reason=str(failure), effect="answers are not stored")
        self.failing = str(failure)
        self._failed_at = self._clock.now()

    def stored(self) -> None:
        """Something was written."""
        if self.failing is not None and self._clock.now() - self._failed_at >= QUIET_SECONDS:
            self.failing = None
            log.info("storage_works")
