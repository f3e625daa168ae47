"""What an upstream that a test makes up says of whoever asks: without it nothing is given from the
store."""

from __future__ import annotations

ARTIST = {
    b"/api/users/me": b'{"name":"artist","active":true,"data":{}}',
    b"/api/users/me/permissions": b'{"user_level":"user","projects":{}}',
}
"""Path → JSON."""
