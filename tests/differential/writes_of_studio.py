"""TABLE: the project itself, settings, bundles, access groups, users."""

from __future__ import annotations

from functools import partial

from tests.differential.world import NothingThere, World
from tests.differential.writes import Write, WriteKind
from tests.differential.writes_of_entities import INHERITED, PRODUCT_TYPES


def _project(world: World, what: str) -> Write:
    number = world.random.randrange(10**6)
    body = {
        "attrib": {"attrib": {"frameStart": number}},
        "label": {"label": world.new_name("Project ")},
        "data": {"data": {"counted": number}},
    }[what]
    return Write("PATCH", world.root, body)


def _rename_status(world: World) -> Write:
    """Back and forth, so that the names of `world` are right half of the time."""
    renamed = bool(world.made.get("renamed status"))
    old, new = ("Paused", "On hold") if renamed else ("On hold", "Paused")
    status = {"name": new, "original_name": old, "short_name": "HLD", "state": "blocked"}
    others = ("Not ready", "Ready to start", "In progress", "Pending review", "Approved", "Omitted")
    kept = [{"name": each, "original_name": each} for each in others]

    def then() -> None:
        world.stale = True
        if renamed:
            world.made["renamed status"].clear()
        else:
            world.remember("renamed status", new)

    return Write("POST", f"{world.root}/anatomy", {"statuses": [*kept, status]}, then=then)


def _settings(world: World, project: bool) -> Write:
    if world.addon is None:
        raise NothingThere
    name, version = world.addon
    end = f"/{world.project}" if project else ""
    body = {"greeting": world.new_name("hello ")}
    return Write("POST", f"/api/addons/{name}/{version}/settings{end}", body)


def _site_settings(world: World) -> Write:
    if world.addon is None:
        raise NothingThere
    name, version = world.addon
    body = {"scratch": world.new_name("/scratch/")}
    return Write("PUT", f"/api/addons/{name}/{version}/siteSettings?site_id=site-of-tests", body)


def _bundle(world: World) -> Write:
    if world.addon is None:
        raise NothingThere
    name, (addon, version) = world.new_name("bundle-"), world.addon
    then = partial(world.remember, "bundle", name)
    body = {"name": name, "addons": {addon: version}, "installerVersion": "1.2.0"}
    return Write("POST", "/api/bundles?force=true", body, then=then)


def _change_bundle(world: World) -> Write:
    name = world.one_made("bundle")
    body = {"isStaging": world.random.random() < 0.5}
    return Write("PATCH", f"/api/bundles/{name}", body)


def _delete_bundle(world: World) -> Write:
    name = world.one_made("bundle")
    return Write("DELETE", f"/api/bundles/{name}", then=partial(world.forget, "bundle", name))


def _access_group(world: World) -> Write:
    lists = [{"access_type": "hierarchy", "path": "/shots"}] * world.random.randint(0, 1)
    body = {"read": {"enabled": world.random.random() < 0.5, "access_list": lists}}
    return Write("PUT", f"/api/accessGroups/testers/{world.project}", body)


def _user(world: World) -> Write:
    name = world.new_name("user")
    then = partial(world.remember, "user", name)
    return Write("PUT", f"/api/users/{name}", {"attrib": {"fullName": name}}, then=then)


def _rename_user(world: World) -> Write:
    old, new = world.one_made("user"), world.new_name("user")

    def then() -> None:
        world.forget("user", old)
        world.remember("user", new)

    return Write("PATCH", f"/api/users/{old}/rename", {"newName": new}, then=then)


def _delete_user(world: World) -> Write:
    name = world.one_made("user")
    return Write("DELETE", f"/api/users/{name}", then=partial(world.forget, "user", name))


def _change_user(world: World) -> Write:
    name = world.one_made("user")
    body = {"attrib": {"fullName": world.new_name("Name ")}}
    return Write("PATCH", f"/api/users/{name}", body)


def _link_type(world: World) -> Write:
    kind = world.random.choice(PRODUCT_TYPES)
    body = {"data": {"color": f"#{world.random.randrange(10**6):06}"}}
    return Write("PUT", f"{world.root}/links/types/{kind}|folder|folder", body)


def _team(world: World) -> Write:
    member = {"name": world.random.choice(world.people), "leader": True, "roles": []}
    return Write("PUT", f"{world.root}/teams/{world.new_name('team')}", {"members": [member]})


VOCABULARY = ("tasks", "versions", "products", "task by id", "version by id", "nested")

KINDS = (
    WriteKind("attributes of the project", partial(_project, what="attrib"), shown_in=INHERITED),
    WriteKind("label of the project", partial(_project, what="label")),
    WriteKind("data of the project", partial(_project, what="data")),
    WriteKind("rename a status", _rename_status, shown_in=VOCABULARY),
    WriteKind("settings of the studio", partial(_settings, project=False)),
    WriteKind("settings of the project", partial(_settings, project=True)),
    WriteKind("site settings", _site_settings, silent=True),
    WriteKind("make a bundle", _bundle),
    WriteKind("change a bundle", _change_bundle),
    WriteKind("delete a bundle", _delete_bundle, silent=True),
    WriteKind("an access group", _access_group),
    WriteKind("make a user", _user),
    WriteKind("rename a user", _rename_user),
    WriteKind("delete a user", _delete_user),
    WriteKind("change a user", _change_user, silent=True),
    WriteKind("a link type", _link_type, silent=True),
    WriteKind("a team", _team, silent=True),
)
