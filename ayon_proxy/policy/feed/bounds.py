"""TABLE: the figures of the feed, each with its source. Seconds, unless a name says otherwise."""

from __future__ import annotations

SILENCE_SECONDS = 15.0
"""No message for so long: the socket is taken for dead. A heartbeat comes about every 6 s on an
idle server, and messages themselves on a busy one (upstream/server.md 2.1)."""

BACK_SECONDS = 3.0
"""The same just after upstream was away: an event of the proxy's own is sent, and has to show."""

PROOF_SECONDS = 0.25
"""How often an event of the proxy's own is sent until the socket shows a first message. The first
may have passed before the socket's authorisation took effect: it is not acknowledged (2.1)."""

RECONNECT_SECONDS = (1.0, 5.0)
"""The first wait before connecting again, and the longest; each is twice the one before. A restart
takes upstream about 5 s (corpus, transcript server_restart); within 10 s of its return all that was
missed is to be read."""

REFUSED_SECONDS = 30.0
"""The longest wait where upstream is there and refuses the key: it bans an address after ten
failures (upstream/server.md 3.3)."""

RETRY_SECONDS = 2.0
"""Wait before a catch-up that failed is begun again."""

POLL_SECONDS = 10.0
"""How often stored events are read although the socket is healthy: messages are lost without the
socket closing (2.4 step 8, 10 to 30 s)."""

POLL_DEADLINE_SECONDS = 30.0
"""Without a completed poll for so long, a lost message would go unnoticed: no longer live."""

UPDATED_SECONDS = 60.0
"""How often rows that were changed or reused are looked for (2.4 step 8)."""

HEARD_WITHIN_SECONDS = 5.0
"""An event found by polling that the socket does not show within it was lost (2.4 step 8)."""

SCAN_SECONDS = 30.0
"""How often entities are asked for changes that have no event (1.4, entity data)."""

SCAN_DEADLINE_SECONDS = 180.0
"""Without a completed scan for so long: no longer live."""

LONGEST_TRANSACTION_SECONDS = 120.0
"""A row shows up in the log so long after its own time at most: 500 updates in one request took
14.3 s (upstream/observed.md, Websocket)."""

SCAN_OVERLAP_SECONDS = 120.0
"""How far a scan reaches back before the one before it: `updatedAt` is set before the commit, and
500 updates in one request took 14.3 s (upstream/observed.md, Websocket)."""

INFO_SECONDS = 60.0
"""How often version, uptime and attributes of upstream are compared with those known."""

RESTART_TOLERANCE_SECONDS = 30.0
"""By how much the start of upstream, reckoned from its uptime, may seem to move."""

OVERLAP_EVENTS = 2000
"""How far paging reaches back after a gap: an event dispatched in a long transaction shows up
later, with a lower number (2.3; 2.4 step 3)."""

LIVE_OVERLAP_EVENTS = 200
"""The same between two polls, and after everything was invalidated anyway."""

OVERLAP_SECONDS = 15 * 60.0
"""How far the search for changed rows and entities reaches back after a gap (2.4 steps 3, 4, 6)."""

LONGEST_GAP_SECONDS = 24 * 3600.0
"""A longer gap is not caught up with (2.4 step 7). It is within the shortest event history that
upstream may be limited to, 7 days (2.2)."""

LONGEST_GAP_EVENTS = 20_000
"""The same by number (2.4 step 7)."""

REMEMBERED_EVENTS = 50_000
"""So many ids of events are remembered: more than a gap that is caught up with, and its overlap."""

REMEMBERED_SECONDS = 24 * 3600.0
"""Ids are forgotten after it (2.4 step 3)."""

SAVED_EVENTS = OVERLAP_EVENTS + LIVE_OVERLAP_EVENTS
"""So many of them survive a restart of the proxy: all that paging will meet again. About 150 KB."""

SAVE_SECONDS = 60.0
"""How often the cursor is saved while nothing happens; after events it is saved at each poll."""

GOING_AWAY = 1012
"""Close code of an upstream that restarts (2.1)."""
