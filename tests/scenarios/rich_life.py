"""All the ways in which secrets come by a proxy in a busy year, in a few seconds.

`Studio` of the demo server with secrets that stand nowhere else, and `Life`: every kind of
credential, right and wrong, in its place and in odd ones.
"""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import suppress
from copy import deepcopy
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.people import ApiKey, stored_hash
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio

USERS = ("admin", "artist", "lighter")
READS = (
    *("/", "/api/info", "/api/info?full=true", "/api/users/me", "/api/users/me/permissions"),
    *("/api/projects", f"/api/projects/{FILM}", "/api/bundles", "/api/users/artist"),
    *("/api/users/artist/sessions", "/api/auth/sessions", "/api/users/artist/apikeys"),
    *("/api/secrets", "/api/secrets/shotgrid", "/api/config", "/api/users/artist/permissions"),
    f"/api/projects/{FILM}/users",
)
PEOPLE = 'query { users(projectName: "%s") { edges { node { name hasPassword apiKeyPreview } } } }'
EVENTS = "query { events(last: 100) { edges { node { topic summary payload description } } } }"


class Secrets(dict[str, bytes]):
    """Name → secret."""

    def new(self, name: str) -> str:
        """Another one, of the length of AYON's tokens."""
        return self.known(name, token_hex(32))

    def known(self, name: str, secret: str) -> str:
        """Note one that was made elsewhere."""
        self[name] = secret.encode()
        return secret

    def known_hash(self, name: str, secret: str) -> None:
        """Note what the server keeps of one: the hash, and the salt."""
        digest, _, salt = stored_hash(secret).partition(":")
        self.known(f"the hash of {name}", digest)
        self.known(f"the salt of {name}", salt)


def studio_with(film: Studio, secrets: Secrets) -> Studio:
    """The film's, with secrets of this run wherever the demo server has some."""
    studio = deepcopy(film)
    for name in USERS:
        password = studio.users[name].password = secrets.new(f"{name}'s password")
        secrets.known_hash(f"{name}'s password", password)
        data = studio.users[name].data
        data["passwordResetRequest"] = {"token": secrets.new(f"{name}'s reset token"), "time": 1}
        data["supportToken"] = secrets.new(f"{name}'s support token")
    secrets.known_hash("the service's key", "key of service")
    studio.api_keys.clear()
    for name in ("the farm's key", "the proxy's key"):
        key = secrets.new(name)
        studio.api_keys[key] = ApiKey(key=key, user_name="service", id=name)
    studio.secrets["shotgrid"] = secrets.new("a secret of the studio")
    studio.config["email_smtp_pass"] = secrets.new("the password of its mail")
    return studio


class Life:
    """Through the proxy that `client` asks. `said` are the answers that it made itself."""

    client: httpx.AsyncClient

    def __init__(self, demo: DemoServer, secrets: Secrets) -> None:
        self.demo = demo
        self.secrets = secrets
        self.said: list[tuple[str, bytes]] = []
        self.credentials: list[dict[str, str]] = []
        self.tokens: list[str] = []

    @property
    def url(self) -> str:
        """The proxy's."""
        return str(self.client.base_url).rstrip("/")

    async def ask(self, method: str, target: str, **request: Any) -> httpx.Response:
        """One request."""
        answer = await self.client.request(method, target, **request)
        ours = "cache-status" not in answer.headers or answer.status_code in (429, 504)
        if ours:
            self.said.append((f"the answer to {method} {target[:12]}", _whole(answer)))
        return answer

    async def sign_in(self, name: str) -> str:
        """A new session's token."""
        password = self.secrets[f"{name}'s password"].decode()
        login = {"name": name, "password": password}
        token = (await self.ask("POST", "/api/auth/login", json=login)).json()["token"]
        return self.secrets.known(f"{name}'s token {len(self.secrets)}", token)

    async def begin(self) -> None:
        """Everybody comes in, each in another way."""
        farm = self.secrets["the farm's key"].decode()
        own = self.secrets.new("artist's own key")
        self.secrets.known_hash("artist's own key", own)
        bearer = {"Authorization": f"Bearer {await self.sign_in('artist')}"}
        made = {"label": "mine", "key": own}
        await self.ask("POST", "/api/users/artist/apikeys", json=made, headers=bearer)
        self.tokens = [await self.sign_in("artist"), await self.sign_in("admin")]
        self.credentials = [
            {"X-Api-Key": farm},
            {"Authorization": f"Bearer {farm}"},
            {"X-Api-Key": farm, "X-as-user": "artist"},
            {"Authorization": f"apikey {own}"},
            bearer,
            {"Cookie": f"theme=dark; accessToken={await self.sign_in('lighter')}"},
            {"Authorization": f"Bearer {await self.sign_in('admin')}"},
            {"X-Api-Key": self.secrets.new("a guessed key")},
            {"Authorization": f"Bearer {self.secrets.new('a guessed token')}"},
            {"Authorization": _basic(self.secrets.new("a password for something else"))},
            {"X-Api-Key": self.secrets.new("a key before a break") + "%0D%0A x: y"},
        ]

    async def read(self) -> None:
        """Everybody reads."""
        await asyncio.gather(
            *(self._read(each) for each in self.credentials),
            *(self._read({}, f"token={each}") for each in self.tokens),
        )

    async def _read(self, headers: dict[str, str], query: str = "") -> None:
        for target in READS:
            mark = "&" if "?" in target else "?"
            await self.ask("GET", target + (mark + query if query else ""), headers=headers)
        for query in (PEOPLE % FILM, EVENTS):
            await self.ask("POST", "/graphql", json={"query": query}, headers=headers)

    async def write(self) -> None:
        """What makes, changes and ends credentials."""
        admin, new = _bearer(self.tokens[1]), self.secrets.new("artist's new password")
        self.secrets.known_hash("artist's new password", new)
        gone = await self.sign_in("artist")
        killed = await self.sign_in("artist")
        invited = {"token": self.secrets.new("an invitation"), "password": new, "email": "a@b.c"}
        user = {"data": {"isService": True}, "apiKey": self.secrets.new("a service's new key")}
        for method, target, body in [
            ("PATCH", "/api/users/artist/password", {"password": new}),
            ("POST", "/api/users/artist/checkPassword", {"password": new}),
            ("PUT", "/api/users/robot", user),
            ("POST", "/api/users/artist/invite", invited),
            ("POST", "/api/users/acceptInvite", invited),
            ("POST", "/api/users/passwordReset", invited),
            ("POST", "/api/auth/sessions", {"userName": "lighter"}),
            ("PATCH", "/api/users/lighter", {"attrib": {"fullName": "Lighter"}}),
            ("DELETE", f"/api/users/artist/sessions/{killed}", None),
            ("POST", "/api/auth/logout", None),
        ]:
            headers = admin if target != "/api/auth/logout" else _bearer(gone)
            await self.ask(method, target, json=body, headers=headers)
        # Some of them hold the token of whom they are about.
        for event in list(self.demo.studio.events.stored.values()):
            await self.ask("GET", f"/api/events/{event.id}", headers=admin)

    async def write_in_vain(self) -> None:
        """While upstream is away."""
        for headers in self.credentials:
            body = {"password": self.secrets.new("a password that never arrives")}
            await self.ask("PATCH", "/api/users/artist/password", json=body, headers=headers)

    async def misplace(self) -> None:
        """Secrets where nobody expects them."""

        def odd(what: str) -> str:
            return self.secrets.new(f"a token {what}")

        for method, target in [
            ("GET", f"/api/actions/take/{odd('to be taken')}"),
            ("GET", f"/api/act%69ons/take/{odd('to be taken, its path escaped')}"),
            ("GET", f"/api/actions/take/{_escaped(odd('to be taken, escaped'))}"),
            ("POST", f"/api/actions/abort/{odd('to be aborted')}"),
            ("DELETE", f"/api/users/artist/sessions/{_escaped(odd('of a session, escaped'))}"),
            ("GET", f"/api/users/artist/s%65ssions/{odd('of a session, its path escaped')}"),
            ("GET", f"/api/bundles?t%6Fken={odd('of an escaped name')}"),
            ("GET", f"/api/bundles?token={_escaped(odd('of the query, escaped'))}"),
            ("GET", f"/api/bundles?token={_escaped(_escaped(odd('of the query, escaped twice')))}"),
            ("GET", f"/api/bundles?token=%0D%0A{odd('behind a line break')}%0D%0AX-Api-Key:+x"),
            ("GET", f"/api/bundles?x=1&token={odd('of the second place')}&token={odd('again')}"),
            ("GET", f"/api/bundles?Token={odd('of another name')}"),
            ("GET", f"/api/auth/tokenauth?q={odd('to sign in with')}"),
            ("GET", f"/login/sso?code={odd('of a single sign-on')}&state={odd('of its state')}"),
            ("GET", f"/passwordReset?token={odd('of a mail')}"),
            ("GET", f"/?token={odd('of the first page')}"),
            ("GET", f"/api/nothing/there?access_token={odd('of nothing')}"),
        ]:
            await self.ask(method, target)
        await self.ask("GET", "/api/bundles", headers={"Referer": f"/?token={odd('of a page')}"})
        host = self.url.removeprefix("http://").encode()
        for head in [
            b"GET /api/bundles HTTP/1.1\r\nX-Api-Key: a\r\n %b" % odd("of a folded line").encode(),
            b"GET http://user:%b@%b/api/bundles HTTP/1.1" % (odd("of a URL").encode(), host),
            b"GET /api/bundles?token=%b\x01 HTTP/1.1" % odd("of a wrong line").encode(),
            b"X-Api-Key: %b\r\n%b" % (odd("of no request").encode(), odd("alone").encode()),
            b"GET /api/bundles HTTP/1.1\r\nX-Api-Key: %b\x00" % odd("before a zero").encode(),
        ]:
            await self._send(head + b"\r\nHost: %b\r\nConnection: close\r\n\r\n" % host)

    async def listen_in_vain(self) -> None:
        """While upstream is away."""
        address = self.url.replace("http", "ws", 1)
        for target in [
            f"/ws?token={self.secrets.new('a token of a socket that is not opened')}",
            f"/api/actions/take/{self.secrets.new('a token in the path of a socket')}",
        ]:
            with suppress(InvalidStatus):
                async with connect(address + target):
                    raise AssertionError("it is open")

    async def _send(self, request: bytes) -> None:
        host, _, port = self.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        if b"cache-status" not in answer.lower():
            self.said.append(("the answer to an odd request", answer))

    async def listen(self) -> None:
        """On the event socket, with a token in its message, in its URL, and a wrong one."""
        address = self.url.replace("http", "ws", 1) + "/ws"
        good = await self.sign_in("artist")
        for token, target in [
            (good, address),
            (self.secrets.new("a guessed token of a socket"), address),
            (good, f"{address}?token={self.secrets.new('a token of a socket in its URL')}"),
        ]:
            async with connect(target) as socket:
                order = {"topic": "auth", "token": token, "subscribe": ["*"]}
                await socket.send(json.dumps(order))
                await socket.send(json.dumps({"topic": "auth", "token": [token]}) + "broken")
                self.demo.studio.events.dispatch("tests.said", description="Something happened")

    async def look_at_itself(self) -> None:
        """What the proxy tells of itself, to whoever asks with whatever."""
        for path in ("/-/status", "/-/metrics", "/-/", "/-/ready", "/-/healthy", "/-/nothing"):
            await self.ask("GET", path)
        for headers in self.credentials:
            await self.ask("GET", "/-/status", headers={**headers, "Via": "1.1 somebody"})


def _whole(answer: httpx.Response) -> bytes:
    fields = b"\n".join(b": ".join(field) for field in answer.headers.raw)
    return fields + b"\n\n" + answer.content


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"artist:{password}".encode()).decode()


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode()) if "%" not in text else quote(text)
