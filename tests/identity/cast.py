"""Who asks in the permission matrix: users of different rights, made through AYON's own API.

So the same people can be sent to any server. Every scope (architecture 3.7) has two members and a
stranger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.clients.subjects import SITE, Subjects

PASSWORD = "matrix-of-permissions-1"
PREFIX = "px_"
"""Of all names that are made, so that what a broken-off run has left can be told."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a credential, or nobody."""

    name: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What a request of theirs carries."""
    level: str = ""
    """Among all who are signed in and no guests: `user`, `manager` or `admin`."""
    in_project: str = ""
    """Equal for all with the same effective permissions in the project; empty for those who see
    what others with these don't."""


def client(url: str, fields: Mapping[str, str]) -> httpx.Client:
    """Somebody's. Its connections do not idle for as long as a server lets them, which may close
    one just as it is used again."""
    return httpx.Client(
        base_url=url, headers=dict(fields), timeout=120, limits=httpx.Limits(keepalive_expiry=1)
    )


def groups(subjects: Subjects) -> dict[str, dict[str, Any]]:
    """Access groups: name → what is restricted."""
    top = "/" + subjects.folder_path.strip("/").split("/")[0]
    return {
        "limited": {
            "read": {
                "enabled": True,
                "access_list": [{"access_type": "hierarchy", "path": top}],
            },
            "attrib_read": {"enabled": True, "attributes": ["fps"]},
        },
        "assigned": {"read": {"enabled": True, "access_list": [{"access_type": "assigned"}]}},
        "alone": {
            "read": {"enabled": True, "access_list": [{"access_type": "assigned"}]},
            "advanced": {"show_sibling_tasks": False},
        },
        "open": {},
    }


@contextmanager
def cast(url: str, admin: Mapping[str, str], subjects: Subjects) -> Iterator[dict[str, Member]]:
    """Make them all, with the credential of a service user; they are gone after the block.

    Raises httpx.HTTPStatusError where the server does not take them.
    """
    with ExitStack() as stack:
        studio = _Studio(stack.enter_context(client(url, admin)), url, subjects)
        stack.callback(studio.forget)
        studio.forget()
        yield {each.name: each for each in studio.hire(admin)}


class _Studio:
    def __init__(self, client: httpx.Client, url: str, subjects: Subjects) -> None:
        self._client = client
        self._url = url
        self._subjects = subjects
        self._people: dict[str, dict[str, Any]] = {
            "limited_1": {"accessGroups": self._in("limited")},
            "limited_2": {"accessGroups": self._in("limited")},
            "free_1": {"accessGroups": self._in("assigned")},
            "free_2": {"accessGroups": self._in("assigned")},
            "alone": {"accessGroups": self._in("alone")},
            "open_1": {"accessGroups": self._in("open")},
            "outsider": {},
            "manager": {"isManager": True},
            "admin": {"isAdmin": True},
            "guest": {"isGuest": True},
        }

    def _in(self, group: str) -> dict[str, list[str]]:
        return {self._subjects.project: [PREFIX + group]}

    def hire(self, admin: Mapping[str, str]) -> Iterator[Member]:
        for name, restricted in groups(self._subjects).items():
            self._send("PUT", f"/api/accessGroups/{PREFIX}{name}/_", json=restricted)
        for name, data in self._people.items():
            attrib = {"fullName": name.title(), "email": f"{name}@matrix.example"}
            sent = {"password": PASSWORD, "data": data, "attrib": attrib}
            self._send("PUT", f"/api/users/{PREFIX}{name}", json=sent)
        guest = {"email": "guest@matrix.example", "fullName": "Guest"}
        self._send("POST", f"/api/projects/{self._subjects.project}/guests", json=guest)
        one, other = self._tasks_of_two_folders()
        for name, task in (("free_1", one), ("alone", one), ("free_2", other)):
            self._assign(name, task)
        signed_in = {name: self._sign_in(name) for name in self._people}
        self._arrange(signed_in["limited_1"])
        yield Member("nobody")
        yield Member("guest", signed_in["guest"])
        yield Member("outsider", signed_in["outsider"], "user")
        for name in ("limited_1", "limited_2"):
            yield Member(name, signed_in[name], "user", "limited")
        stands_for = {**admin, "x-as-user": f"{PREFIX}limited_1"}
        yield Member("service as limited_1", stands_for, "user", "limited")
        yield Member("open_1", signed_in["open_1"], "user", "open")
        stands_for = {**admin, "x-as-user": f"{PREFIX}open_1"}
        yield Member("service as open_1", stands_for, "user", "open")
        for name in ("free_1", "free_2", "alone"):
            yield Member(name, signed_in[name], "user")
        yield Member("manager", signed_in["manager"], "manager", "managers")
        yield Member("admin", signed_in["admin"], "admin", "managers")
        yield Member("service", admin, "admin", "managers")

    def _tasks_of_two_folders(self) -> tuple[str, str]:
        query = (
            "query Q($name: String!) {project(name: $name) {tasks {edges {node {id folderId}}}}}"
        )
        sent = {"query": query, "variables": {"name": self._subjects.project}}
        found = self._client.post("/graphql", json=sent).raise_for_status().json()
        tasks = [each["node"] for each in found["data"]["project"]["tasks"]["edges"]]
        here = {each["id"]: each["folderId"] for each in tasks}
        first = self._subjects.task
        return first, next(task for task, folder in here.items() if folder != here[first])

    def _assign(self, name: str, task: str) -> None:
        path = f"/api/projects/{self._subjects.project}/tasks/{task}/assign"
        self._send("POST", path, json={"mode": "add", "users": [PREFIX + name]})

    def _sign_in(self, name: str) -> dict[str, str]:
        login = {"name": PREFIX + name, "password": PASSWORD}
        with client(self._url, {}) as nobody:
            token = nobody.post("/api/auth/login", json=login).raise_for_status().json()["token"]
        return {"authorization": f"Bearer {token}"}

    def _arrange(self, somebody: Mapping[str, str]) -> None:
        """Settings and roots of their own, at one site."""
        s = self._subjects
        registering = {
            "x-ayon-site-id": SITE,
            "x-ayon-platform": "linux",
            "x-ayon-version": "1.2.0",
            "x-ayon-hostname": "workstation",
        }
        own = f"/api/addons/{s.addon}/{s.addon_version}/siteSettings?site_id={SITE}"
        roots = f"/api/projects/{s.project}/roots/{SITE}"
        with client(self._url, somebody) as asking:
            asking.get("/api/info", headers=registering).raise_for_status()
            asking.put(own, json={"scratch": "/of/one"}).raise_for_status()
            asking.put(roots, json={"work": "/of/one"}).raise_for_status()

    def _send(self, method: str, path: str, **more: Any) -> None:
        self._client.request(method, path, **more).raise_for_status()

    def forget(self) -> None:
        """Remove what is there of them."""
        s = self._subjects
        for name in self._people:
            with suppress(httpx.HTTPError):
                self._client.delete(f"/api/users/{PREFIX}{name}")
        for name in groups(s):
            self._client.delete(f"/api/accessGroups/{PREFIX}{name}/_")
        self._client.delete(f"/api/system/sites/{SITE}")
        self._client.delete(f"/api/projects/{s.project}/guests/guest@matrix.example")
        for name in ("free_1", "free_2", "alone"):
            for task in self._tasks_of_two_folders():
                path = f"/api/projects/{s.project}/tasks/{task}/assign"
                self._client.post(path, json={"mode": "remove", "users": [PREFIX + name]})
