"""Every recorded change of a real server is reached by the tags of the request that made it.

Mutations that must fail: `updating` with any field of CAUSES or EVENTLESS left out; a row of the
table without its tags; THUMBNAIL_ABOVE, FEEDS, COMMENTED emptied; `otherwise` empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from ayon_proxy.policy import tags
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.invalidation.table import Invalidation
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.writes.table import tags_of_write
from tests.demo.corpus import Record, request_body, requires_corpus
from tests.policy.shown.test_recorded_changes import stored_reads
from tests.policy.test_invalidation_corpus import alike, mutations, reads

MUTATIONS = [pytest.param(each, id=name) for name, each in mutations()]


def request_of(exchange: Record) -> Request:
    sent = exchange["request"]
    fields = tuple(
        (name.lower().encode(), text.encode()) for name, text in sent.get("headers", {}).items()
    )
    return Request(sent["method"], sent["path"].encode(), sent.get("query", "").encode(), fields)


def wrong(exchange: Record) -> Invalidation:
    request = request_of(exchange)
    return tags_of_write(request, classify(request), request_body(exchange))


@cache
def _reached(name: str) -> frozenset[str]:
    mutation = dict(mutations())[name]
    found = [wrong(each) for each in mutation["exchanges"][mutation["write"] :]]
    return frozenset[str]().union(*(each.now for each in found))


def reached(mutation: Record) -> frozenset[str]:
    return next(_reached(name) for name, each in mutations() if each is mutation)


def changed_answers(mutation: Record) -> Iterator[tuple[str, frozenset[int]]]:
    """Stored answers that the write changed: what was asked, and the tags of its row."""
    for read in mutation["reads"]:
        before, after = read["before"], read["after"]
        if isinstance(after, str) or alike(before) == alike(after):
            continue
        found = classify(request_of(read))
        if found.route.kind in (Kind.STORE, Kind.FILE):
            yield read["request"]["path"], frozenset(tags.unpack(found.tags))


@requires_corpus
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_a_write_changed_it_invalidates(mutation: Record) -> None:
    found = reached(mutation)
    assert [
        each.question for each in reads(mutation) if each.changed and not each.tags & found
    ] == []


@requires_corpus
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_a_write_changed_its_row_carries(mutation: Record) -> None:
    found = {tags.tag_hash(each) for each in reached(mutation)}
    assert [path for path, carried in changed_answers(mutation) if not carried & found] == []


@requires_corpus
@pytest.mark.parametrize(
    ("name", "mutation"), [pytest.param(name, each, id=name) for name, each in mutations()]
)
def test_what_a_write_changed_its_questions_carry(name: str, mutation: Record) -> None:
    found = reached(mutation)
    missed = [each for each in stored_reads()[name] if each.changed and not each.tags & found]
    assert [each.text for each in missed] == []


@requires_corpus
def test_the_recorded_changes_are_really_looked_at() -> None:
    changed = [each for _, mutation in mutations() for each in reads(mutation) if each.changed]
    of_rows = [each for _, mutation in mutations() for each in changed_answers(mutation)]
    asked = [each for reads in stored_reads().values() for each in reads if each.changed]
    print(f"\n{len(changed)} changed answers, {len(of_rows)} of rows, {len(asked)} of questions")
    assert len(asked) > 100
    assert len(changed) > 500
    assert len(of_rows) > 300


FINE = ("folders", "tasks", "products", "versions", "representations", "workfiles", "operations")
NOT_UNDERSTOOD = ("unknown field", "activities_batch", "empty")


@requires_corpus
@pytest.mark.parametrize(
    "mutation",
    [
        pytest.param(each, id=name)
        for name, each in mutations()
        if name.startswith(FINE) and not any(words in name for words in NOT_UNDERSTOOD)
    ],
)
def test_a_write_to_entities_spares_the_rest_of_its_project(mutation: Record) -> None:
    exchange = mutation["exchanges"][mutation["write"]]
    if exchange["response"]["status"] < 400:
        coarse = ("answers", "project:", "everything")
        assert [each for each in wrong(exchange).now if each.startswith(coarse)] == []
