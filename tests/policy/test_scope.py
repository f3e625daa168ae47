"""Who shares with whom. Mutations that must each fail: guests sharing; one level or kind taken for
another; rights in another project that count, or in this one that do not; what goes by assignment
shared; a project that a name may stand for left out; managers bound by rules."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy import scope as module
from ayon_proxy.policy.rights import Level, ProjectRights, Told
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.scope import MANAGERS, scope

FREE, BOUND = ProjectRights(b"f" * 32), ProjectRights(b"b" * 32, by_path=True)
ASSIGNED = ProjectRights(b"a" * 32, by_assignment=True)


def told(
    level: Level = Level.USER,
    kind: str = "",
    *,
    name: str = "ann",
    complete: bool = True,
    **projects: ProjectRights,
) -> Told:
    return Told(name, level, kind, b"d" * 32, projects, complete)


def may_enter(projects: Mapping[str, ProjectRights]) -> Told:
    return Told("ann", Level.USER, "", b"d" * 32, projects)


USER, MANAGER = told(demo=FREE), told(Level.MANAGER)


@pytest.mark.parametrize("share", Share)
@pytest.mark.parametrize("project", [None, "demo"])
def test_guests_share_nothing(share: Share, project: str | None) -> None:
    assert scope(share, project, told(Level.GUEST, demo=FREE)) is None


@pytest.mark.parametrize("who", [USER, MANAGER, told(Level.ADMIN)])
def test_what_is_nobody_elses_is_not_shared(who: Told) -> None:
    assert scope(Share.USER, "demo", who) is None
    assert scope(Share.PROJECT, None, who) is None


@pytest.mark.parametrize(
    ("share", "one", "other", "alike"),
    [
        (Share.SIGNED_IN, USER, told(Level.ADMIN), True),
        (Share.LEVEL, USER, told(other=BOUND), True),
        (Share.LEVEL, USER, MANAGER, False),
        (Share.LEVEL, MANAGER, told(Level.ADMIN), False),
        (Share.LEVEL, USER, told(kind="D"), False),
        (Share.LEVEL, told(kind="D"), told(kind="S"), False),
        (Share.PROJECT, USER, told(name="bob", demo=FREE, other=BOUND), True),
        (Share.PROJECT, USER, told(demo=BOUND), False),
        (Share.PROJECT, USER, MANAGER, False),
        (Share.PROJECT, MANAGER, told(Level.ADMIN), True),
    ],
)
def test_who_shares_with_whom(share: Share, one: Told, other: Told, alike: bool) -> None:
    first, second = scope(share, "demo", one), scope(share, "demo", other)
    assert first is not None
    assert (first == second) is alike


@pytest.mark.parametrize(
    ("asked", "projects"),
    [
        ("demo", {}),
        ("demo", {"other": FREE}),
        ("demo", {"demo": ASSIGNED}),
        ("de_o", {"demo": ASSIGNED, "de_o": FREE}),
        ("%", {"demo": FREE}),
        ("", {"demo": FREE}),
    ],
)
def test_who_shares_with_nobody(asked: str, projects: dict[str, ProjectRights]) -> None:
    assert scope(Share.PROJECT, asked, may_enter(projects)) is None


def test_a_project_is_the_same_in_any_case() -> None:
    assert scope(Share.PROJECT, "DEMO", USER) == scope(Share.PROJECT, "demo", USER) is not None


def test_managers_are_of_one_scope_in_every_project() -> None:
    assert scope(Share.PROJECT, "anything", MANAGER) == MANAGERS


_PROJECTS = st.dictionaries(
    st.sampled_from(["demo", "de_o", "dexo", "other"]), st.sampled_from([FREE, BOUND, ASSIGNED])
)


@given(_PROJECTS, _PROJECTS, st.sampled_from(["demo", "de_o", "d__o", "other"]))
def test_those_who_share_may_do_the_same_in_all_that_the_name_may_stand_for(
    one: Mapping[str, ProjectRights], other: Mapping[str, ProjectRights], asked: str
) -> None:
    first = scope(Share.PROJECT, asked, may_enter(one))
    if first is None or first != scope(Share.PROJECT, asked, may_enter(other)):
        return
    meant = {"demo": {"demo"}, "other": {"other"}}.get(asked, {"demo", "de_o", "dexo"})
    assert {name: of for name, of in one.items() if name in meant} == {
        name: of for name, of in other.items() if name in meant
    }


@pytest.mark.parametrize(
    ("projects", "expected"),
    [
        (("demo",), {"paths:demo"}),
        (("DEMO",), {"paths:demo"}),
        (("own",), {"assignments:own"}),
        (("free",), set()),
        (("demo", "own"), {"paths:demo", "assignments:own"}),
        (("d_mo",), {"paths:demo"}),
        ((), set()),
    ],
)
def test_what_an_answer_carries_because_of_who_sees_it(
    projects: tuple[str, ...], expected: set[str]
) -> None:
    assert module.tags(projects, told(demo=BOUND, own=ASSIGNED, free=FREE)) == expected
    assert module.tags(projects, None) == set()


@pytest.mark.parametrize(
    ("projects", "who", "expected"),
    [
        (("demo",), told(demo=FREE, own=ASSIGNED), True),
        (("own",), told(demo=FREE, own=ASSIGNED), False),
        ((), told(demo=FREE, own=ASSIGNED), False),
        ((), told(demo=FREE), True),
        (("demo",), told(demo=BOUND), True),
        (("demo",), told(demo=FREE, complete=False), False),
        (("demo",), None, False),
    ],
)
def test_whether_events_tell_when_an_answer_changes(
    projects: tuple[str, ...], who: Told | None, expected: bool
) -> None:
    assert module.lasting(projects, who) is expected
