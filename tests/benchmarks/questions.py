"""What is asked of the proxy and of its peers, and the studio that answers it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import orjson

from ayon_proxy.demo.film import FILM, SERVICE_KEY, busy_film
from ayon_proxy.demo.film_stock import ADDON, PACKAGE, archive
from ayon_proxy.demo.studio import Studio

SHOTS = 168
"""So many that the question for all versions is answered with 500 KB."""

COMMENT_BYTES = 1500
"""Makes a version's own answer 2 KB."""

FILE, FILE_BYTES = "one.zip", 1_000_000

ALL_VERSIONS = """query Versions($projectName: String!) { project(name: $projectName) {
  versions(first: 2000) { pageInfo { hasNextPage endCursor } edges { node {
    id name version productId taskId author status tags active createdAt updatedAt data allAttrib
  } } } } }"""

KEY = {"X-Api-Key": SERVICE_KEY}

AS_PYTHON_DOES = {
    "User-Agent": "python-requests/2.32.3",
    "Accept-Encoding": "gzip, deflate",
    "Accept": "*/*",
    "Connection": "keep-alive",
    "Content-Type": "application/json",
    "x-ayon-version": "1.2.0",
    "x-ayon-platform": "linux",
    "x-ayon-hostname": "workstation",
    "x-ayon-site-id": "demo-site-one",
    "referer": "http://127.0.0.1",
}
"""The fields of `ayon-python-api` in a launcher (upstream/clients.md 1)."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request. `status` is what a right answer has."""

    method: str
    path: str
    fields: dict[str, str] = field(default_factory=lambda: dict(KEY))
    body: bytes = b""
    status: int = 200

    def with_fields(self, fields: dict[str, str], status: int = 200) -> Question:
        """The same with these fields, too."""
        return replace(self, fields={**self.fields, **fields}, status=status)

    def as_sent(self) -> bytes:
        """The bytes of the request."""
        sized = {"Content-Length": str(len(self.body))} if self.body else {}
        fields = {"Host": "127.0.0.1", **self.fields, **sized}
        lines = (f"{name}: {value}\r\n" for name, value in fields.items())
        line = f"{self.method} {self.path} HTTP/1.1\r\n"
        return "".join((line, *lines, "\r\n")).encode() + self.body


def studio() -> Studio:
    """A studio that answers what is asked here."""
    made = busy_film(SHOTS)
    version = made.projects[FILM].versions[_version(made)]
    version.attrib["comment"] = "x" * COMMENT_BYTES
    files = made.addons[ADDON, "1.0.0"].private_files
    content = archive("one", FILE_BYTES - 300)
    files[FILE] = replace(files["client.zip"], filename=FILE, content=content)
    return made


def _version(made: Studio) -> str:
    return next(iter(made.projects[FILM].versions))


def small(made: Studio) -> Question:
    """One entity by REST."""
    return Question("GET", f"/api/projects/{FILM}/versions/{_version(made)}")


def large() -> Question:
    """A thousand entities by GraphQL."""
    body = orjson.dumps({"query": ALL_VERSIONS, "variables": {"projectName": FILM}})
    fields = {**KEY, "Content-Type": "application/json"}
    return Question("POST", "/graphql", fields, body)


def picture() -> Question:
    """A small file, with an entity tag of upstream's."""
    return Question("GET", f"/addons/{ADDON}/1.0.0/public/icon.jpg")


def addon_file() -> Question:
    """A file of 1 MB."""
    return Question("GET", f"/addons/{ADDON}/1.0.0/private/{FILE}")


def package() -> Question:
    """A file of 40 MB."""
    return Question("GET", f"/api/desktop/dependencyPackages/{PACKAGE}")
