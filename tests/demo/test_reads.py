"""What the film's people can read, and what the demo server refuses them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import httpx
import pytest

from ayon_proxy.demo.events import Message
from ayon_proxy.demo.film import FILM, PASSWORDS, SECRET, SERVICE_KEY, small_film
from ayon_proxy.demo.film_stock import ADDON
from ayon_proxy.demo.running import DemoServer

Ask: TypeAlias = Callable[..., Awaitable[httpx.Response]]
SITE = {
    "x-ayon-site-id": "farm-01",
    "x-ayon-platform": "linux",
    "x-ayon-hostname": "farm-01",
    "x-ayon-version": "1.2.0",
}


@pytest.fixture
async def demo() -> AsyncIterator[DemoServer]:
    async with DemoServer(small_film()) as demo:
        yield demo


@pytest.fixture
async def ask(demo: DemoServer) -> AsyncIterator[Ask]:
    """`await ask(who, path)`: a GET by that user, who logs in first."""
    tokens: dict[str, str] = {}
    async with httpx.AsyncClient(base_url=demo.url) as client:

        async def asked(who: str, path: str, **more: Any) -> httpx.Response:
            headers = more.pop("headers", {})
            if who == "service":
                headers = {"X-Api-Key": SERVICE_KEY, **headers}
            elif who:
                if who not in tokens:
                    login = {"name": who, "password": PASSWORDS[who]}
                    answer = await client.post("/api/auth/login", json=login)
                    tokens[who] = answer.json()["token"]
                headers = {"Authorization": f"Bearer {tokens[who]}", **headers}
            return await client.get(path, headers=headers, **more)

        yield asked


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("", "/", 200),
        ("", "/projects/any/page", 200),
        ("", "/api/info", 200),
        ("", "/api/nope", 404),
        ("", "/api/projects", 401),
        ("", f"/addons/{ADDON}/1.0.0/public/icon.jpg", 200),
        ("", f"/addons/{ADDON}/1.0.0/private/client.zip", 401),
        ("artist", f"/addons/{ADDON}/1.0.0/private/client.zip", 200),
        ("artist", f"/addons/{ADDON}/1.0.0/private/..%2fpackage.py", 404),
        ("artist", f"/api/projects/{FILM}", 200),
        ("artist", f"/api/projects/{FILM.upper()}", 200),
        ("artist", f"/api/projects/{SECRET}", 403),
        ("artist", "/api/projects/nope", 403),
        ("service", "/api/projects/nope", 404),
        ("service", f"/api/projects/{SECRET}", 200),
        ("artist", "/api/secrets", 403),
        ("admin", "/api/secrets", 200),
        ("artist", f"/api/projects/{FILM}/users", 403),
        ("artist", f"/api/projects/{FILM}/folders/not-an-id", 400),
        ("artist", f"/api/projects/{FILM}/tasks", 404),
        ("artist", "/api/settings?variant=nope", 404),
        ("service", "/api/settings?variant=staging", 200),
    ],
)
async def test_who_may_read_what(ask: Ask, who: str, path: str, status: int) -> None:
    assert (await ask(who, path)).status_code == status


async def test_only_what_is_assigned_is_shown_to_the_lighter(demo: DemoServer, ask: Ask) -> None:
    project = demo.studio.projects[FILM]
    mine = next(each for each in project.tasks.values() if "lighter" in each.assignees)
    shown = (await ask("lighter", f"/api/projects/{FILM}/folders")).json()["folders"]
    sequence = project.folders[project.folders[mine.folder_id].parent_id or ""]
    assert {each["id"] for each in shown} == {mine.folder_id, sequence.id, sequence.parent_id}
    tree = (await ask("lighter", f"/api/projects/{FILM}/hierarchy")).json()["hierarchy"]
    assert tree[0]["children"][0]["children"][0]["id"] == mine.folder_id
    other = next(
        each
        for each in project.folders.values()
        if each.folder_type == "Shot" and each.id != mine.folder_id
    )
    path = f"/api/projects/{FILM}/folders"
    assert (await ask("lighter", f"{path}/{mine.folder_id}")).status_code == 200
    assert (await ask("lighter", f"{path}/{other.id}")).status_code == 403
    assert (await ask("lighter", f"{path}/{other.id}/thumbnail")).status_code == 403
    assert len((await ask("artist", path)).json()["folders"]) == len(project.folders)


async def test_a_thumbnail_names_its_id_and_a_placeholder_does_not(
    demo: DemoServer, ask: Ask
) -> None:
    project = demo.studio.projects[FILM]
    shot = next(each for each in project.folders.values() if each.thumbnail_id)
    bare = next(each for each in project.folders.values() if not each.thumbnail_id)
    path = f"/api/projects/{FILM}/folders"
    picture = await ask("artist", f"{path}/{shot.id}/thumbnail")
    assert picture.headers["x-thumbnail-id"] == shot.thumbnail_id
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
    whole = await ask("artist", f"{path}/{shot.id}/thumbnail?original=true")
    assert whole.content != picture.content
    placeholder = await ask("artist", f"{path}/{bare.id}/thumbnail")
    assert (placeholder.status_code, len(placeholder.content)) == (200, 68)
    assert "x-thumbnail-id" not in placeholder.headers
    assert (await ask("artist", f"{path}/{bare.id}/thumbnail?placeholder=none")).status_code == 404
    by_id = f"/api/projects/{FILM}/thumbnails/{shot.thumbnail_id}"
    assert (await ask("artist", by_id)).status_code == 403
    assert (await ask("admin", by_id)).content == picture.content
    missing = await ask("admin", f"/api/projects/{FILM}/thumbnails/{'0' * 32}")
    assert (missing.status_code, len(missing.content)) == (203, 68)


async def test_settings_are_laid_over_each_other(demo: DemoServer, ask: Ask) -> None:
    key = (ADDON, "1.0.0", "production")
    demo.studio.settings[key] = {"frames": {"padding": 5}}
    demo.studio.projects[FILM].settings_overrides[key] = {"greeting": "hi"}
    demo.studio.site_settings[ADDON, "1.0.0", "farm-01", "artist"] = {"scratch": "/fast"}
    path = f"/api/settings?variant=production&project_name={FILM}&site_id=farm-01"
    addon = (await ask("artist", path)).json()["addons"][0]
    assert addon["settings"] == {"greeting": "hi", "frames": {"first": 1001, "padding": 5}}
    assert addon["siteSettings"] == {"scratch": "/fast"}
    assert (await ask("admin", path)).json()["addons"][0]["siteSettings"] == {}
    studio = (await ask("artist", "/api/settings")).json()["addons"][0]["settings"]
    assert studio == {"greeting": "hello", "frames": {"first": 1001, "padding": 5}}


async def test_reading_info_registers_the_site_of_a_client(demo: DemoServer, ask: Ask) -> None:
    await ask("artist", "/api/info", headers=SITE)
    await ask("admin", "/api/info", headers=SITE)
    assert demo.studio.sites["farm-01"]["users"] == ["artist", "admin"]
    await ask("admin", "/api/info", headers={**SITE, "x-ayon-hostname": "other"})
    assert demo.studio.sites["farm-01"]["hostname"] == "farm-01"
    await ask("admin", "/api/info", headers={**SITE, "x-ayon-version": "1.3.0"})
    assert demo.studio.sites["farm-01"]["users"] == ["admin"]
    anonymous = await ask("", "/api/info", headers=SITE)
    assert set(anonymous.json()) == {"version", "uptime", "disableFeedback", "offlineMode"}


async def test_a_session_is_bound_to_an_external_address(demo: DemoServer) -> None:
    login = {"name": "artist", "password": PASSWORDS["artist"]}
    async with httpx.AsyncClient(base_url=demo.url) as client:

        async def status(address: str, token: str, **headers: str) -> int:
            sent = {"Authorization": f"Bearer {token}", "X-Forwarded-For": address, **headers}
            return (await client.get("/api/users/me", headers=sent)).status_code

        answer = await client.post(
            "/api/auth/login", json=login, headers={"X-Forwarded-For": "5.6.7.8"}
        )
        token = answer.json()["token"]
        assert await status("5.6.7.8", token) == 200
        assert await status("10.0.0.9", token) == 200
        assert await status("9.8.7.6", token, **SITE) == 200
        assert await status("9.8.7.6", token) == 200
        assert await status("5.6.7.8", token) == 401
        assert await status("9.8.7.6", token) == 401


async def test_an_address_may_fail_ten_logins_a_minute(demo: DemoServer) -> None:
    wrong = {"name": "artist", "password": "wrong"}
    async with httpx.AsyncClient(base_url=demo.url) as client:

        async def login(address: str) -> int:
            headers = {"X-Forwarded-For": address}
            return (await client.post("/api/auth/login", json=wrong, headers=headers)).status_code

        assert [await login("1.2.3.4") for _ in range(11)] == [403] * 10 + [503]
        assert await login("1.2.3.5") == 403


async def test_a_logout_ends_the_session_and_tells_its_token(demo: DemoServer, ask: Ask) -> None:
    await ask("artist", "/api/users/me")
    token = next(iter(demo.studio.sessions))
    messages: list[Message] = []
    with demo.studio.events.listening(messages.append):
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=demo.url, headers=headers) as client:
            await client.post("/api/auth/logout")
    assert [each.body["summary"] for each in messages] == [{"token": token}]
    refused = await ask("artist", "/api/users/me")
    assert (refused.status_code, refused.json()["detail"]) == (401, "User logged out")


async def test_uris_are_resolved_in_the_order_asked(demo: DemoServer) -> None:
    shot = f"ayon+entity://{FILM}/shots/sq010/sh0010"
    uris = [
        f"{shot}?product=renderMain&version=latest&representation=exr",
        "ayon+entity://nope/shots",
        shot,
        f"{shot}?product=renderMain&version=hero",
    ]
    async with httpx.AsyncClient(base_url=demo.url, headers={"X-Api-Key": SERVICE_KEY}) as client:
        answer = (await client.post("/api/resolve", json={"uris": uris})).json()
    assert [each["uri"] for each in answer] == uris
    assert answer[0]["entities"][0]["target"] == "representation"
    assert answer[0]["entities"][0]["filePath"].startswith("{root[work]}/")
    assert answer[1]["error"] == "Project nope not found"
    assert answer[2]["entities"][0]["target"] == "folder"
    versions = demo.studio.projects[FILM].versions
    assert versions[answer[0]["entities"][0]["versionId"]].version == 2
    assert versions[answer[3]["entities"][0]["versionId"]].version == -2


async def test_every_request_is_noted_with_what_was_sent(demo: DemoServer, ask: Ask) -> None:
    answer = await ask("service", f"/api/projects/{FILM}/hierarchy")
    noted = demo.requests[-1]
    assert (noted.method, noted.path, noted.status) == (
        "GET",
        f"/api/projects/{FILM}/hierarchy",
        200,
    )
    assert noted.bytes_sent == len(answer.content)
