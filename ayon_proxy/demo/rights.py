"""What a user may do in a project, and which folders they may see (server.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ayon_proxy.demo.derivations import folder_path
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.guests import NOT_INVITED, is_invited
from ayon_proxy.demo.people import Permissions, User, permissions
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.studio import Studio

NO_ACCESS = "No access group assigned on this project"


@dataclass(frozen=True, slots=True)
class FolderAccess:
    """The folders a section of permissions allows: single ones, and whole subtrees."""

    folders: frozenset[str] = frozenset()
    subtrees: frozenset[str] = frozenset()

    def allows(self, path: str) -> bool:
        """Whether the folder of this path is among them."""
        return path in self.folders or any(path.startswith(f"{top}/") for top in self.subtrees)


@dataclass(slots=True)
class _Collected:
    folders: set[str] = field(default_factory=set)
    subtrees: set[str] = field(default_factory=set)


def may_enter(user: User, project: Project) -> bool:
    """Whether the project exists for this user."""
    if user.is_guest:
        return is_invited(user, project)
    return user.is_manager or bool(user.access_groups.get(project.name))


def require_entry(user: User, project: Project) -> None:
    """Raises AyonError 403 when the user has no access group on the project, or no invitation."""
    if not may_enter(user, project):
        raise AyonError(403, NOT_INVITED if user.is_guest else NO_ACCESS)


def project_permissions(studio: Studio, user: User, project: Project) -> Permissions:
    """The union of the user's access groups there; managers may everything.

    Raises AyonError 403 for those who have none there, guests among them.
    """
    if user.is_manager:
        return permissions(unrestricted=True)
    if not user.access_groups.get(project.name):
        raise AyonError(403, NO_ACCESS)
    groups = user.access_groups[project.name]
    return combined(group_permissions(studio, name, project.name) for name in groups)


def studio_permissions(studio: Studio, user: User) -> Permissions:
    """The union of all the user's groups as the studio defines them."""
    if user.is_manager:
        return permissions(unrestricted=True)
    names = sorted({name for groups in user.access_groups.values() for name in groups})
    return combined(group_permissions(studio, name, None) for name in names)


def group_permissions(studio: Studio, name: str, project: str | None) -> Permissions:
    """A group's permissions: the project's own where it has them, else the studio's."""
    groups = studio.groups_in_force
    group = groups.get((name, project)) or groups.get((name, None))
    return group.permissions if group else permissions()


def combined(all_permissions: Iterable[Permissions]) -> Permissions:
    """A union: a section that is unrestricted in one of them is unrestricted."""
    result: Permissions | None = None
    for each in all_permissions:
        result = each if result is None else _union(result, each)
    return permissions() if result is None else result


def _union(one: Permissions, other: Permissions) -> Permissions:
    union: Permissions = {}
    for section, values in one.items():
        others = other[section]
        if "enabled" not in values:
            union[section] = {key: max(value, others[key]) for key, value in values.items()}
        elif not (values["enabled"] and others["enabled"]):
            union[section] = permissions()[section]
        else:
            union[section] = {
                key: value if key == "enabled" else _merged(value, others[key])
                for key, value in values.items()
            }
    return union


def _merged(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *(each for each in other if each not in one)]


def folder_access(
    studio: Studio, user: User, project: Project, section: str = "read"
) -> FolderAccess | None:
    """Which folders a section (`read`, `create`, `update`, `publish`, `delete`) allows.

    None is all of them. Reading includes the folders above, so that the tree can be shown.
    Raises AyonError 403 when there are none.
    """
    rules = project_permissions(studio, user, project)[section]
    if not rules["enabled"]:
        return None
    collected = _Collected()
    for rule in rules["access_list"]:
        _collect(collected, rule, user, project, reading=section == "read")
    if not (collected.folders or collected.subtrees):
        where = f"{user.name} in project {project.name}"
        raise AyonError(403, f"{section.capitalize()} access denied for {where}")
    return FolderAccess(frozenset(collected.folders), frozenset(collected.subtrees))


def _collect(
    into: _Collected, rule: dict[str, Any], user: User, project: Project, *, reading: bool
) -> None:
    kind = rule["access_type"]
    if kind == "assigned":
        paths = {
            folder_path(project, project.folders[task.folder_id])
            for task in project.tasks.values()
            if user.name in task.assignees
        }
        into.folders |= paths
    else:
        paths = {"/" + rule["path"].strip("/")}
        into.subtrees |= paths
        if kind == "hierarchy" or reading:
            into.folders |= paths
    if reading:
        into.folders |= {above for path in paths for above in _above(path)}


def _above(path: str) -> list[str]:
    parts = path.strip("/").split("/")[:-1]
    return ["/" + "/".join(parts[: n + 1]) for n in range(len(parts))]


def readable_attributes(studio: Studio, user: User, project: Project) -> frozenset[str] | None:
    """The attributes a user may see, None for all (`attrib_read`)."""
    rule = project_permissions(studio, user, project)["attrib_read"]
    return frozenset(rule["attributes"]) if rule["enabled"] else None
