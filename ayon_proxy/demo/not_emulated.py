"""What the demo server does not do as the real one does, and why.

The replay tests read this: a recorded request that is answered differently must match a pattern
(`http/<record>` or `mutations/<family>/<name>`), and a pattern that excuses nothing fails the
test. So the list may only shrink.
"""

from __future__ import annotations

from collections.abc import Mapping

NOT_EMULATED: Mapping[str, str] = {}
