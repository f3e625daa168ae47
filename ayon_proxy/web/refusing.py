"""The proxy's own answers to what it refuses, in AYON's form of an error."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import orjson

from ayon_proxy.policy.message import Fields
from ayon_proxy.policy.request_head import Refusal

JSON = (b"content-type", b"application/json")


def body_of(refused: Refusal) -> bytes:
    """AYON's form of an error (upstream/server.md 3.1)."""
    return orjson.dumps({"code": refused.status, "detail": refused.sentence})


def answer_to_refused(refused: Refusal) -> bytes:
    """All bytes of an answer that is the last one on its connection."""
    body = body_of(refused)
    return b"\r\n".join(
        [
            f"HTTP/1.1 {refused.status} {HTTPStatus(refused.status).phrase}".encode(),
            b"date: " + formatdate(usegmt=True).encode(),
            b"content-type: application/json",
            b"content-length: %d" % len(body),
            b"connection: close",
            b"",
            body,
        ]
    )


async def refuse(send: Any, refused: Refusal) -> None:
    """As the whole answer of an ASGI application."""
    body = body_of(refused)
    fields = [JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": refused.status, "headers": fields})
    await send({"type": "http.response.body", "body": body})


async def refuse_websocket(scope: Any, receive: Any, send: Any, refused: Refusal) -> None:
    """As the whole answer of an ASGI application for websockets."""
    await receive()
    await refuse_handshake(scope, receive, send, refused.status, (JSON,), body_of(refused))


async def refuse_handshake(
    scope: Any, receive: Any, send: Any, status: int, fields: Fields, body: bytes
) -> None:
    """Answer a handshake as any other request."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close"})
        return
    headers = [*fields, (b"content-length", b"%d" % len(body))]
    start = {"type": "websocket.http.response.start", "status": status, "headers": headers}
    with suppress(OSError):
        await send(start)
        await send({"type": "websocket.http.response.body", "body": body})
    await receive()
    # uvicorn 0.54 reports a handshake as not completed until it has closed the connection.
    await asyncio.sleep(0)
