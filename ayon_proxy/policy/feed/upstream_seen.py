"""Is it still the upstream we knew? Restarts and other versions, from `/api/info` alone.

An upstream may restart while nobody watches, or lose the event that would tell of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ayon_proxy.policy.feed.bounds import RESTART_TOLERANCE_SECONDS
from ayon_proxy.policy.feed.cursor import Cursor
from ayon_proxy.policy.feed.inputs import InfoSeen


@dataclass(frozen=True, slots=True)
class UpstreamChanges:
    """`schema`: its version or its attributes are others. `cursor` knows it as it is now."""

    restarted: bool
    schema: bool
    cursor: Cursor


def upstream_changes(cursor: Cursor, info: InfoSeen) -> UpstreamChanges:
    """What has become of upstream since the cursor was written.

    The start is reckoned from the uptime, so that a restart is seen even when upstream has been up
    again for longer than before. Each worker has an uptime of its own: the latest start counts.
    """
    started_at = info.as_of - info.uptime
    known = cursor.started_at
    return UpstreamChanges(
        restarted=known is not None and started_at > known + RESTART_TOLERANCE_SECONDS,
        schema=cursor.version is not None
        and (cursor.version, cursor.schema) != (info.version, info.schema),
        cursor=replace(
            cursor,
            version=info.version,
            schema=info.schema,
            started_at=started_at if known is None else max(known, started_at),
        ),
    )
