"""What AYON's client library asks by GraphQL is shared, but for a few questions."""

from __future__ import annotations

import asyncio
import json
import warnings
from collections.abc import Iterator

from ayon_api.exceptions import HTTPRequestError, UnsupportedServerVersion

from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.shown.examining import examined
from tests.clients.calls import calls_about
from tests.clients.calls.call import FILE, FOLDER, STREAM, Call
from tests.clients.discovery import subjects_of
from tests.clients.identities import Identity
from tests.differential.library_questions import LibraryQuestions

OWN = {
    "get_activities",
    "get_activity_by_id",
    "get_entity_list_by_id",
    "get_entity_lists",
    "get_events",
    "get_projects",  # those that the caller may enter
    "get_user_by_name",
    "get_users",
}


async def test_most_of_what_the_client_library_asks_is_shared() -> None:
    async with DemoServer(small_film()) as demo:

        def found() -> dict[Share, set[str]]:
            subjects = subjects_of(Identity(SERVICE_KEY).connect(demo.url), FILM)
            asking = LibraryQuestions(demo.url, SERVICE_KEY)
            by_share: dict[Share, set[str]] = {}
            for name, share in shares(asking, calls_about(subjects)):
                by_share.setdefault(share, set()).add(name)
            return by_share

        by_share = await asyncio.to_thread(found)
    assert by_share[Share.USER] == OWN
    assert len(by_share[Share.PROJECT]) > 40


def shares(asking: LibraryQuestions, calls: list[Call]) -> Iterator[tuple[str, Share]]:
    """Method, and who may be given the answer to what it asks by GraphQL."""
    for call in calls:
        if any(each in call.args for each in (FILE, FOLDER, STREAM)):
            continue  # a download
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                asked = asking.question(call)
            except (HTTPRequestError, UnsupportedServerVersion):
                continue  # no question by GraphQL
        if asked is None:
            continue
        query, variables = asked
        body = json.dumps({"query": query, "variables": dict(variables)}).encode()
        found = question(body, DocumentMemory())
        assert isinstance(found, Question), found
        yield call.method, examined(found).share
