"""A connection that is used again only where its last answer was the last thing that came on it.

HTTP/1.1 has no names for answers: bytes that follow one (a second answer, a body after 204 or after
HEAD) would be taken for the answer to the next request, which is somebody else's (RFC 9112 sections
6.3 and 9.3). Such a connection is closed.
"""

from __future__ import annotations

import httpcore

from ayon_proxy.upstream.connections import ListeningStream


class PooledConnection(httpcore.AsyncHTTPConnection):
    """One HTTP/1.1 connection, made by its first request."""

    _listening: ListeningStream | None = None
    forgotten = False
    """It may be of a line that is gone: it is closed instead of being used again."""

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send, and return when the head is there."""
        response = await super().handle_async_request(request)
        stream = response.extensions["network_stream"]
        self._listening = stream if isinstance(stream, ListeningStream) else None
        return response

    def rest(self) -> bool:
        """Begin to be idle; whether that is possible: the answer was whole, and nothing follows.

        What comes from now on is noticed; it makes the connection unusable.
        """
        connection = self._connection
        if (
            not self.is_available()
            or self._listening is None
            or not isinstance(connection, httpcore.AsyncHTTP11Connection)
        ):
            return False
        # What httpcore has read beyond the answer: it says so nowhere else.
        if connection._h11_state.trailing_data != (b"", False):  # noqa: SLF001 - see above
            return False
        self._listening.watch()
        return True

    def usable(self) -> bool:
        """Whether it is open, not too old, and nothing came since it began to be idle."""
        return (
            self.is_available()
            and not self.forgotten
            and not self.has_expired()
            and self._listening is not None
            and self._listening.silent
        )
