"""Files as upstream gives them, its mistakes included."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.film_stock import ADDON, INSTALLER, LONG_CLIP_BYTES, PACKAGE
from ayon_proxy.demo.ranges import MalformedRangeError, UnsatisfiableRangeError, ranges
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.video import PIECE_BYTES, piece


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("bytes=0-9", [(0, 10)]),
        ("bytes=90-", [(90, 100)]),
        ("bytes=-10", [(90, 100)]),
        ("bytes=-1000", [(0, 100)]),
        ("bytes=0-1000", [(0, 100)]),
        ("BYTES = 5-6", [(5, 7)]),
        ("bytes=20-29,0-9", [(0, 10), (20, 30)]),
        ("bytes=0-9,5-14", [(0, 15)]),
        ("bytes=nonsense,0-0", [(0, 1)]),
    ],
)
def test_a_range_field_asks_for_these_parts(field: str, parts: list[tuple[int, int]]) -> None:
    assert ranges(field, 100) == parts


@pytest.mark.parametrize("field", ["items=0-5", "bytes=abc", "bytes=", "bytes=-", "bytes=9-2", "x"])
def test_a_malformed_range_is_refused(field: str) -> None:
    with pytest.raises(MalformedRangeError):
        ranges(field, 100)


@pytest.mark.parametrize("field", ["bytes=100-", "bytes=100-200", "bytes=0-1,500-"])
def test_a_range_beyond_the_end_cannot_be_satisfied(field: str) -> None:
    with pytest.raises(UnsatisfiableRangeError):
        ranges(field, 100)


@given(
    st.integers(1, 500), st.lists(st.tuples(st.integers(0, 600), st.integers(0, 600)), min_size=1)
)
def test_parts_are_sorted_apart_and_cover_what_was_asked(
    size: int, wanted: list[tuple[int, int]]
) -> None:
    field = "bytes=" + ",".join(f"{first}-{last}" for first, last in wanted)
    try:
        parts = ranges(field, size)
    except (MalformedRangeError, UnsatisfiableRangeError):
        assert any(first >= size or first > last for first, last in wanted)
        return
    covered = {at for start, end in parts for at in range(start, end)}
    assert covered == {at for a, b in wanted for at in range(a, min(b + 1, size))}
    assert all(one[1] < other[0] for one, other in pairwise(parts))


@pytest.mark.parametrize(
    ("field", "unlimited", "part"),
    [
        ("bytes=0-", False, (0, PIECE_BYTES)),
        ("bytes=0-", True, (0, LONG_CLIP_BYTES)),
        ("bytes=0-99", False, (0, 100)),
        ("bytes=-100", False, (0, 101)),  # upstream's misreading
        ("bytes=5000000-", False, (5_000_000, 5_000_000 + PIECE_BYTES)),
    ],
)
def test_a_piece_of_a_video(field: str, unlimited: bool, part: tuple[int, int]) -> None:
    assert piece(field, LONG_CLIP_BYTES, unlimited=unlimited) == part


@pytest.mark.parametrize("field", ["bytes=0-0,5-9", "bytes=99999999999-", "bytes=x-"])
def test_a_piece_that_makes_no_sense_is_refused(field: str) -> None:
    with pytest.raises(AyonError) as refusal:
        piece(field, LONG_CLIP_BYTES, unlimited=False)
    assert refusal.value.status == 416


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        DemoServer(small_film()) as demo,
        httpx.AsyncClient(base_url=demo.url, headers={"X-Api-Key": SERVICE_KEY}) as client,
    ):
        yield client


PACKAGE_PATH = f"/api/desktop/dependencyPackages/{PACKAGE}"


async def test_a_package_has_the_size_and_checksum_of_its_manifest(
    client: httpx.AsyncClient,
) -> None:
    listed = (await client.get("/api/desktop/dependencyPackages")).json()["packages"]
    manifest = next(each for each in listed if each["filename"] == PACKAGE)
    content = (await client.get(PACKAGE_PATH)).content
    assert len(content) == manifest["size"]
    assert hashlib.sha256(content).hexdigest() == manifest["checksum"]
    tail = await client.get(PACKAGE_PATH, headers={"Range": f"bytes={len(content) - 70_001}-"})
    assert (tail.status_code, tail.content) == (206, content[-70_001:])


async def test_validators_are_sent_and_if_none_match_is_ignored(client: httpx.AsyncClient) -> None:
    path = f"/addons/{ADDON}/1.0.0/private/client.zip"
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.content == first.content
    for validator, status in (
        (first.headers["etag"], 206),
        (first.headers["last-modified"], 206),
        ('"other"', 200),
    ):
        answer = await client.get(path, headers={"Range": "bytes=0-9", "If-Range": validator})
        assert answer.status_code == status


async def test_two_ranges_give_less_than_announced_and_the_connection_closes(
    client: httpx.AsyncClient,
) -> None:
    body = bytearray()
    async with client.stream(
        "GET", f"/api/desktop/installers/{INSTALLER}", headers={"Range": "bytes=0-9,20-29"}
    ) as answer:
        announced = int(answer.headers["content-length"])
        with suppress(httpx.RemoteProtocolError):
            async for chunk in answer.aiter_raw():
                body += chunk
    assert answer.headers["content-range"].startswith("multipart/byteranges; boundary=")
    assert announced - len(body) == 31
    assert b"\r\n" not in body


@pytest.mark.parametrize(
    "path", [PACKAGE_PATH, f"/addons/{ADDON}/1.0.0/public/icon.jpg", "/api/info"]
)
async def test_head_is_not_found_on_the_api(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.head(path)).status_code == 404


async def test_a_project_file_redirects_to_its_payload(client: httpx.AsyncClient) -> None:
    projects = f"/api/projects/{FILM}"
    hierarchy = (await client.get(f"{projects}/hierarchy", params={"types": "Shot"})).json()
    shot = hierarchy["hierarchy"][0]["id"]
    versions = (await client.get(f"{projects}/folders/{shot}/reviewables")).json()
    files = [each for version in versions for each in version["reviewables"]]
    assert [each["filename"] for each in files] == ["still.jpg", "clip.mp4"]
    for each in files:
        path = f"{projects}/files/{each['fileId']}"
        redirect = await client.get(path)
        assert (redirect.status_code, redirect.headers["location"]) == (302, f"{path}/payload")
        size = int((await client.head(path)).headers["content-length"])
        assert len((await client.get(f"{path}/payload")).content) == size
