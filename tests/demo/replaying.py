"""Sends recorded requests to a demo server and says how the answers differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import httpx

from ayon_proxy.demo.running import DemoServer
from tests.demo.comparing import differences
from tests.demo.corpus import TOKENS, Record, request_body, request_headers, request_target

FIELDS = (
    *("content-type", "content-range", "accept-ranges", "content-disposition", "cache-control"),
    *("location", "last-modified", "x-thumbnail-id", "x-thumbnail-source", "x-thumbnail-time"),
    *("x-file-id", "access-control-expose-headers"),
)
OF_A_RUN = ("connection-0059", "connection-0096")
"""From here on, `<token>` is again that of the studio, not that of the last login."""
JSON = "application/json"
DRAWN = ("image/png", "image/jpeg")
ACTION_TOKEN = "<action-token>"
UNKNOWN_TOKEN = "f" * 64
ENOUGH_BYTES = 4 * 1024 * 1024


class Replay:
    """Sends records, with the tokens and validators that answers on the way have given."""

    def __init__(self, client: httpx.AsyncClient, demo: DemoServer) -> None:
        self.client = client
        self.demo = demo
        self.replacements: dict[str, str] = {}

    async def answer(self, record: Record) -> tuple[httpx.Response, bytes]:
        """The answer, and as much of its body as came, up to `ENOUGH_BYTES`."""
        if record["id"] in OF_A_RUN:
            self.replacements.pop(TOKENS["artist"], None)
        target = self._current(request_target(record).replace("<token>", TOKENS["artist"]))
        request = self.client.build_request(
            record["request"]["method"],
            httpx.URL(self.demo.url).copy_with(raw_path=target.encode()),
            headers=self._headers(record),
            content=self._body(record),
        )
        response = await self.client.send(request, stream=True)
        body = bytearray()
        try:
            # Answers with several ranges are shorter than they say, as upstream's are.
            with suppress(httpx.RemoteProtocolError):
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > ENOUGH_BYTES:
                        break
        finally:
            await response.aclose()
        self._learn(record, response, bytes(body))
        return response, bytes(body)

    def _headers(self, record: Record) -> dict[str, str]:
        headers = {"User-Agent": "python-requests/2.34.2"} | request_headers(record)
        if record["identity"] == "anonymous":
            sent = record["request"].get("headers", {})
            token = self.replacements.get(TOKENS["artist"], UNKNOWN_TOKEN)
            headers |= {name: value.replace("<token>", token) for name, value in sent.items()}
        return {name: self._current(value).strip() for name, value in headers.items()}

    def _current(self, value: str) -> str:
        for old, new in self.replacements.items():
            value = value.replace(old, new)
        return value

    def _learn(self, record: Record, response: httpx.Response, body: bytes) -> None:
        if b"ayon-launcher://" in body:
            uri = json.loads(body)["payload"]["uri"]
            self.replacements[ACTION_TOKEN] = uri.partition("token=")[2]
        if record["request"]["path"] == "/api/auth/login" and response.status_code == 200:
            self.replacements[TOKENS["artist"]] = json.loads(body)["token"]
        recorded = record["response"]["headers"].get("etag")
        if recorded and "etag" in response.headers:
            self.replacements[recorded] = response.headers["etag"]

    def _body(self, record: Record) -> bytes | None:
        body = request_body(record)
        if body is None or b"<password>" not in body:
            return body
        # A login at a crowded address is refused before its password is looked at.
        good = record["response"]["status"] in {200, 503}
        return body.replace(b"<password>", b"artist" if good else b"wrong")


def deviations(record: Record, response: httpx.Response, body: bytes) -> Iterator[str]:
    """Where an answer is not the recorded one."""
    expected = record["response"]
    if response.status_code != expected["status"]:
        yield f"{expected['status']} became {response.status_code}: {body[:200]!r}"
        return
    for name in FIELDS:
        before, now = expected["headers"].get(name), response.headers.get(name)
        if before != now and not (before and now and "boundary" in before and "boundary" in now):
            yield f"{name}: {before!r} became {now!r}"
    if ("etag" in expected["headers"]) != ("etag" in response.headers):
        yield "etag"
    if "body_size" in expected and expected["headers"]["content-type"] not in DRAWN:
        if expected["body_size"] > ENOUGH_BYTES:
            length = int(response.headers["content-length"])
        else:
            length = len(body)
        if length != expected["body_size"]:
            yield f"{expected['body_size']} bytes became {length}"
    elif expected.get("body") is not None and response.headers.get("content-type") == JSON:
        yield from differences(expected["body"], json.loads(body))
