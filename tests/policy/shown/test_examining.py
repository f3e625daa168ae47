"""What is never stored, what lives how long, what decides.

Broken once, to see it fail: a row taken out of DECIDING, a tag out of LIFETIMES, `never` not kept.
"""

from __future__ import annotations

import pytest

from ayon_proxy.policy.invalidation.unannounced import EVENTLESS
from ayon_proxy.policy.lifetimes import CONVERSATION, ENTITY, IDENTITY, STUDIO_CONFIG, Lifetimes
from ayon_proxy.policy.shown import examined
from ayon_proxy.policy.shown.examining import DECIDING
from ayon_proxy.policy.shown.gathered import LIFETIMES
from tests.policy.shown.asking import asked, in_film, known_of

NODES = "{edges{node{id}}}"


def shortest(*lifetimes: Lifetimes) -> Lifetimes:
    return Lifetimes(
        min(each.unwatched for each in lifetimes), min(each.watched for each in lifetimes)
    )


LIVES = {
    "entities": (in_film("folders" + NODES), ENTITY),
    "an empty question": ("{__typename}", ENTITY),
    "activities": (in_film("activities{edges{node{body}}}"), CONVERSATION),
    "activities at nodes": (
        in_film("tasks{edges{node{id activities" + NODES + "}}}"),
        CONVERSATION,
    ),
    "links": (in_film("versions{edges{node{id links{edges{entityId}}}}}"), CONVERSATION),
    "lists": (in_film("entityLists" + NODES), CONVERSATION),
    "what nobody knows": (in_film("nope{id}"), CONVERSATION),
    "the project": (in_film("label"), shortest(ENTITY, STUDIO_CONFIG)),
    "projects": ("{projects{edges{node{name}}}}", shortest(ENTITY, STUDIO_CONFIG)),
    "users": ("{users{edges{node{name}}}}", shortest(ENTITY, STUDIO_CONFIG)),
    "me": ("{me{name}}", shortest(ENTITY, IDENTITY)),
    "me and entities": (
        "{me{name} " + in_film("folders" + NODES)[1:],
        shortest(ENTITY, IDENTITY),
    ),
}


@pytest.mark.parametrize("case", LIVES)
def test_an_answer_lives_as_long_as_the_shortest_lived_of_what_it_shows(case: str) -> None:
    query, lifetimes = LIVES[case]
    assert known_of(query).lifetimes == lifetimes


def test_what_no_event_tells_of_lives_shortly() -> None:
    never_carried = {
        "cascade:{project}:thumbnail",
        "inbox",
        "installers",
        "packages",
        "services",
        "sites",
        "static",
        "views",
    }
    # No scan looks at workfiles, but after 600 s they are asked for anyway (G3).
    never_carried |= {"cascade:{project}:workfile"} & set(EVENTLESS)
    assert set(EVENTLESS) - set(LIFETIMES) == never_carried
    assert all(each.watched <= 60 for each in LIFETIMES.values())


@pytest.mark.parametrize(
    "query", ["{events{edges{node{id}}}}", "{inbox(last:5){edges{node{body}}}}"]
)
def test_what_changes_unheard_is_never_stored(query: str) -> None:
    found = known_of(query)
    assert found.never
    assert known_of("{me{name} " + query[1:]).never == found.never


@pytest.mark.parametrize("query", [in_film("folders" + NODES), "{me{name}}", "{nope{a}}"])
def test_most_may_be_stored(query: str) -> None:
    assert known_of(query).never == ""


def test_a_question_that_names_more_than_can_be_told_apart_is_not_stored() -> None:
    ids = ["a" * 32] * 2000
    lists = " ".join(f"a{number}: folders(ids:$ids){NODES}" for number in range(51))
    query = 'query($ids:[String!]){project(name:"film"){%s}}'
    assert examined(asked(query.replace("%s", lists), ids=ids)).never
    assert not examined(asked(query.replace("%s", lists[:1000]), ids=ids[:10])).never


DECIDES = {
    "latestOnly": "versions(latestOnly:true)" + NODES,
    "heroOnly": "versions(heroOnly:true)" + NODES,
    "heroOrLatestOnly": "versions(heroOrLatestOnly:true)" + NODES,
    "versions(versions)": "versions(versions:[1])" + NODES,
    "latestVersion": 'version(id:"a"){product{latestVersion{id}}}',
    "products(names)": 'products(names:["x"])' + NODES,
}


@pytest.mark.parametrize("name", DECIDING)
def test_what_decides_where_is_published_asks_first(name: str) -> None:
    found = known_of(in_film(DECIDES[name])).deciding
    assert found.startswith(name)
    assert DECIDING[name] in found


@pytest.mark.parametrize(
    "selection",
    [
        "versions(latestOnly:false)",
        "versions(heroOnly:null)",
        "versions(version:1)",
        'versions(featuredOnly:["latest"])',
        "versions(versions:null)",
        'folders(names:["x"])',
        'products(productTypes:["x"])',
        'products(namesCi:["x"])',
    ],
)
def test_all_others_may_be_answered_from_the_store(selection: str) -> None:
    assert known_of(in_film(selection + NODES)).deciding == ""


def test_what_decides_is_seen_below_lists() -> None:
    below = "folders{edges{node{id products{edges{node{id latestVersion{id}}}}}}}"
    assert known_of(in_film(below)).deciding
