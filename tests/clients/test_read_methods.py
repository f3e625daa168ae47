"""Every read method of AYON's client library gives the same through the proxy (issue line 7)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from dataclasses import asdict

import ayon_api
import pytest

from ayon_proxy.demo.film import PASSWORDS
from ayon_proxy.demo.running import DemoServer
from tests.clients.calls import calls_about
from tests.clients.comparison import compare
from tests.clients.identities import Identity
from tests.clients.not_called import NOT_CALLED, WRITES
from tests.clients.outcomes import outcome
from tests.clients.subjects import MISSING, Subjects
from tests.support.running_proxy import RunningProxy

FIND_NOTHING = frozenset(
    {
        *("validate_server_availability", "version_is_latest"),
        *("get_task_links", "get_product_links", "get_version_links", "get_representation_links"),
        *("get_action_config", "get_actions", "get_hosts", "get_services"),
        *("get_entity_list_attribute_definitions", "get_entity_list_folders"),
        *("get_activity_categories", "get_task_reviewables", "get_reviewables"),
        *("download_server_config_file", "download_server_config_file_to_stream"),
        *("get_addon_project_raw_overrides", "get_project_anatomy_presets"),
        *("get_user_api_keys", "get_user_sessions"),
    }
)
"""They return nothing, or nothing is there, or this server is too old for them."""
EVERYBODY = ("service", "service as artist", "admin", "artist", "lighter")


def test_every_public_method_is_called_or_left_out_for_a_reason() -> None:
    public = inspect.getmembers(ayon_api.ServerAPI, inspect.isroutine)
    names = {name for name, _ in public if not name.startswith("_")}
    called = {call.method for call in calls_about(Subjects("some_project"))}
    reads = {name for name in names if not name.startswith(WRITES)}
    assert reads - called - NOT_CALLED.keys() == set()
    assert called <= names
    assert NOT_CALLED.keys() <= reads - called


def test_the_film_has_something_of_everything_to_ask_for(subjects: Subjects) -> None:
    assert MISSING not in asdict(subjects).values()


@pytest.mark.parametrize("identity", EVERYBODY, indirect=True)
async def test_every_read_gives_the_same_and_the_second_is_from_the_store(
    identity: Identity,
    subjects: Subjects,
    demo: DemoServer,
    proxy: RunningProxy,
    asked: Callable[[], list[str]],
) -> None:
    calls = calls_about(subjects)
    found = await asyncio.to_thread(compare, calls, identity.connect, demo.url, proxy.url, asked)
    assert found.unlike == {}
    assert found.asked_again == {}


@pytest.mark.parametrize("identity", ["service"], indirect=True)
async def test_the_calls_find_something(
    identity: Identity, subjects: Subjects, demo: DemoServer
) -> None:
    def finding() -> set[str]:
        connection = identity.connect(demo.url)
        outcomes = [
            (call.method, outcome(connection, call, demo.url)) for call in calls_about(subjects)
        ]
        return {method for method, found in outcomes if found and not str(found).startswith("!")}

    found = await asyncio.to_thread(finding)
    called = {call.method for call in calls_about(subjects)}
    assert called - found == FIND_NOTHING


async def test_signing_in_and_out_works_through_the_proxy(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    def session() -> tuple[str, str]:
        connection = ayon_api.ServerAPI(proxy.url)
        connection.login("artist", PASSWORDS["artist"])
        name, token = connection.get_user()["name"], connection.access_token
        connection.logout()
        return name, token

    name, token = await asyncio.to_thread(session)
    assert name == "artist"
    for url in (demo.url, proxy.url):
        connection = await asyncio.to_thread(ayon_api.ServerAPI, url, token)
        assert not connection.has_valid_token
