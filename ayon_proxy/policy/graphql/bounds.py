"""How much a body may hold and still be read. What is larger is forwarded untouched.

Reading happens between two requests of others: the worst body within these bounds takes a tenth of
a second, and what is remembered stays within some tens of megabytes.
"""

from __future__ import annotations

MOST_BODY_BYTES = 512 * 1024
"""14,000 ids. The client asks for entities in larger numbers by their parent."""

MOST_TEXT = 64 * 1024
"""Characters of a query. The longest recorded one, of the web client, has 2,445."""

MOST_TOKENS = 3_000
"""Of a query; the parser spends 10 µs on each. The longest recorded one has 292."""

MOST_NESTING = 50
"""Lists and objects within each other, and selections within selections when fragments are
resolved. An introspection query has 16. Reading takes up to four frames of the stack for each."""

MOST_FIELDS = 5_000
"""Of a query whose fragments are resolved: thirty short fragments can stand for 2^30 fields."""

MOST_DOCUMENTS = 2_000
"""Parsed documents remembered: cursors stand in the text, so that every page is one more."""

MOST_DOCUMENT_BYTES = 16 * 1024 * 1024
"""What the parsed documents may take in memory together, as `memory.weight` estimates it."""

MOST_BODIES = 20_000
"""Bodies of which the key is remembered, some 250 bytes each. What else is known of one is bounded
by `cache.questions`."""
