"""Who may share an answer: all to whom upstream would send the same bytes (architecture 3.7).

Share.SIGNED_IN   every signed-in user but guests
Share.LEVEL       users of one level
Share.PROJECT     all with the same effective permissions of that project
Share.USER        this credential alone
"""

from __future__ import annotations

from collections.abc import Collection

from ayon_proxy.policy.rights import Level, ProjectRights, Told
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.sharing import meant

MANAGERS = b"managers"
"""Managers and above: no folder and no attribute is kept from them (upstream/server.md 4.1)."""


def scope(share: Share, project: str | None, told: Told) -> bytes | None:
    """What all who may share such an answer have in common; None where it is nobody else's.

    `project` as it was sent; None where the answer belongs to none, or to one that isn't known.
    """
    if told.level is Level.GUEST:
        return None
    match share:
        case Share.SIGNED_IN:
            return b"signed in"
        case Share.LEVEL:
            return f"level {told.level.name} {told.kind}".encode()
        case Share.PROJECT if project is not None:
            return _of_project(project, told)
        case _:
            return None


def _of_project(project: str, told: Told) -> bytes | None:
    if told.level >= Level.MANAGER:
        return MANAGERS
    # Of the projects that the name may stand for upstream takes one that the caller may enter.
    rights = _rights((project,), told)
    if not rights or any(of.by_assignment for _, of in rights):
        return None
    return b"project " + b" ".join(name.encode() + b" " + of.digest for name, of in rights)


def tags(projects: Collection[str], told: Told | None) -> frozenset[str]:
    """What answers of these projects carry because of who sees them: a renamed folder, or a task
    that is somebody's now, can give access or take it away."""
    rights = _rights(projects, told)
    paths = {f"paths:{name}" for name, of in rights if of.by_path}
    return frozenset(paths | {f"assignments:{name}" for name, of in rights if of.by_assignment})


def lasting(projects: Collection[str], told: Told | None) -> bool:
    """Whether events tell when such an answer changes for this caller: not what depends on who is
    assigned to what. Without a project it may be of any."""
    if told is None or not told.complete:
        return False
    if not projects:
        return not told.by_assignment
    return not any(of.by_assignment for _, of in _rights(projects, told))


def _rights(projects: Collection[str], told: Told | None) -> list[tuple[str, ProjectRights]]:
    """Projects that these names may stand for, and what the caller may do there."""
    if told is None:
        return []
    return [
        (name, told.projects[name])
        for project in projects
        for name in meant(project.lower(), told.projects)
    ]
