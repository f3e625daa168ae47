"""What went wrong on the line, as one sentence: the only place that knows foreign exceptions.

A sentence names host and cause, never a path or query: those may hold a credential.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpcore

FOREIGN = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
)
"""All that sending and reading may raise. `ssl.SSLError` is an OSError."""

HUNG_UP = (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError)
"""The connection ended, as against: nothing happened on it."""

SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (httpcore.ConnectTimeout, "took too long to accept a connection"),
    (httpcore.PoolTimeout, "is busy: no connection became free in time"),
    (httpcore.ReadTimeout, "sent nothing for too long"),
    (httpcore.WriteTimeout, "took nothing for too long"),
    (socket.gaierror, "is a name that can't be resolved"),
    (ConnectionRefusedError, "refused the connection"),
    (httpcore.RemoteProtocolError, "closed the connection early or does not speak HTTP"),
    (httpcore.ConnectError, "can't be connected to"),
    (httpcore.NetworkError, "closed the connection early, or it was lost on the way"),
)
"""The first that fits the exception or one of its causes."""


def sentence(host: str, failure: BaseException) -> str:
    """Why upstream gave no whole answer."""
    chain = list(_chain(failure))
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate of {host} is not trusted: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return f"TLS with {host} failed: {cause.reason or 'no reason given'}."
    for kind, what in SENTENCES:
        if any(isinstance(cause, kind) for cause in chain):
            return f"{host} {what}."
    errors = [cause.strerror for cause in chain if isinstance(cause, OSError) and cause.strerror]
    return f"{host} failed: {errors[0] if errors else type(failure).__name__}."


def _chain(failure: BaseException | None) -> Iterator[BaseException]:
    """The exception, its causes, and the members of groups among them (happy eyeballs)."""
    while failure is not None:
        yield failure
        if isinstance(failure, BaseExceptionGroup):
            for member in failure.exceptions:
                yield from _chain(member)
        failure = failure.__cause__ or failure.__context__
