"""TABLE: writes to projects themselves, people, settings, bundles, packages, the server (1.3)."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from tests.scenarios.cause import Cause
from tests.scenarios.causes import VIEWER
from tests.scenarios.causes_of_pictures import PNG
from tests.support.side_by_side import Change

_P = "/api/projects/<p>"
_ADDON = "/api/addons/film_tools/1.0.0"
_PNG = {"content-type": "image/png"}
BYTES = {"content-type": "application/octet-stream"}


CHECKSUM = sha256(b"abc").hexdigest()


def _zip() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as packed:
        packed.writestr("package.py", 'name = "extra"\nversion = "1.0.0"\n')
    return out.getvalue()


def sent(method: str, path: str, /, **fields: Any) -> Change:
    """A request with an object."""
    return Change(method, path, fields or None)


TEAM = sent("PUT", f"{_P}/teams/lit", members=[{"name": "artist", "leader": True, "roles": []}])
FOLDER = sent("POST", "/api/projectFolders", id="<new9>", label="Drawer <p>")
NEW = sent("POST", "/api/projects", name="<p>_new", code="n<p>", anatomy={})
BUNDLE = sent(
    "POST",
    "/api/bundles?force=true",
    name="b-<p>",
    addons={"film_tools": "1.1.0"},
    installerVersion="1.2.0",
)
USER = sent("PUT", "/api/users/u-<p>", attrib={"fullName": "Somebody"}, data={})
GROUP = sent("PUT", "/api/accessGroups/g-<p>/_", read={"enabled": True, "access_list": []})
PRESET = sent("PUT", "/api/anatomy/presets/p-<p>", roots=[])
ATTRIBUTE = sent(
    "PUT",
    "/api/attributes/a<p>",
    position=90,
    scope=["folder"],
    data={"type": "string", "title": "Own"},
)
PACKAGE = sent(
    "POST",
    "/api/desktop/dependencyPackages",
    filename="<p>.zip",
    platform="linux",
    size=3,
    checksum=CHECKSUM,
    checksumAlgorithm="sha256",
    installerVersion="1.2.0",
    sourceAddons={},
    pythonModules={},
)
INSTALLER = sent(
    "POST",
    "/api/desktop/installers",
    filename="<p>.tar.gz",
    platform="linux",
    size=3,
    checksum=CHECKSUM,
    checksumAlgorithm="sha256",
    version="1.2.0",
    pythonVersion="3.9.13",
    pythonModules={},
    runtimePythonModules={},
)
UPLOADED = Change("PUT", "/api/desktop/dependencyPackages/<p>.zip", None, b"abc", BYTES)
INSTALLED = Change("PUT", "/api/desktop/installers/<p>.tar.gz", None, b"abc", BYTES)
AVATAR = Change("PUT", "/api/users/idler/avatar", None, PNG, _PNG)
SITE = Change(
    "GET",
    "/api/info",
    headers={
        "x-ayon-site-id": "site-<p>",
        "x-ayon-platform": "linux",
        "x-ayon-hostname": "ws-<p>",
        "x-ayon-version": "1.0.0",
    },
)
VIEW = sent("POST", "/api/views/overview", id="<new8>", label="Own", settings={})
SETTINGS = "settings, addon settings, addon overrides, raw overrides"
OF_PROJECT = "addon settings of the project, settings of the project"

PROJECTS = (
    Cause(
        "change a project",
        sent("PATCH", _P, label="Film", data={"n": 1}, library=True),
        "project, projects, g project, g projects",
    ),
    Cause("hide a project", sent("PATCH", _P, active=False), "project, projects, g projects"),
    Cause("make a project", NEW, "new project, projects"),
    Cause(
        "make a bare project",
        sent("PUT", "/api/projects/<p>_new", code="n<p>", folderTypes=[{"name": "Folder"}]),
        "new project, projects",
    ),
    Cause(
        "delete a new project",
        sent("DELETE", "/api/projects/<p>_new"),
        "new project, projects",
        (NEW,),
    ),
    Cause(
        "roots of a site",
        sent("PUT", f"{_P}/roots/site-1", work="/mnt/elsewhere"),
        "roots, roots of a site",
    ),
    Cause(
        "access of a user",
        Change("PATCH", f"{_P}/users/lighter", ["artist"]),
        "project users, lit folders, g lit tasks",
    ),
    Cause("a team", TEAM, "teams, project"),
    Cause("all teams", Change("PATCH", f"{_P}/teams", [{"name": "lit", "members": []}]), "teams"),
    Cause(
        "a member of a team",
        sent("PUT", f"{_P}/teams/lit/members/idler", name="idler", leader=False, roles=["x"]),
        "teams",
        (TEAM,),
    ),
    Cause("delete a team", sent("DELETE", f"{_P}/teams/lit"), "teams", (TEAM,)),
    Cause("make a folder of projects", FOLDER, "project folders"),
    Cause(
        "put a project into a folder",
        sent("POST", "/api/projectFolders/assign", folderId="<new9>", projectNames=["<p>"]),
        "project, g projects, project folders",
        (FOLDER,),
    ),
    Cause(
        "change a folder of projects",
        sent("PATCH", "/api/projectFolders/<new9>", label="X"),
        "project folders",
        (FOLDER,),
    ),
    Cause(
        "delete a folder of projects",
        sent("DELETE", "/api/projectFolders/<new9>"),
        "project folders",
        (FOLDER,),
    ),
)
PEOPLE = (
    Cause("make a user", USER, "own user, users, user names"),
    Cause(
        "change a user",
        sent("PATCH", "/api/users/u-<p>", attrib={"fullName": "Else"}),
        "own user, users",
        (USER,),
    ),
    Cause(
        "make a user a manager",
        sent("PATCH", "/api/users/u-<p>", data={"isManager": True}),
        "own user, users",
        (USER,),
    ),
    Cause(
        "put a user into groups",
        sent(
            "PATCH",
            "/api/users/u-<p>/accessGroups",
            accessGroups=[{"project": "<p>", "accessGroups": ["artist"]}],
        ),
        "own user, project users",
        (USER,),
    ),
    Cause(
        "set access",
        Change("POST", "/api/access", {"u-<p>": {"<p>": ["artist"]}}),
        "own user, project users",
        (USER,),
    ),
    Cause(
        "take a reader's rights",
        Change("POST", "/api/access", {"lighter": {"<p>": []}}),
        "lit folders, lit folder, g lit tasks, project users",
    ),
    Cause(
        "preferences",
        sent("PATCH", "/api/users/u-<p>/frontendPreferences", dark=True),
        "own user",
        (USER,),
    ),
    Cause(
        "rename a user",
        sent("PATCH", "/api/users/u-<p>/rename", newName="v-<p>"),
        "own user, users, user names",
        (USER,),
    ),
    Cause("delete a user", sent("DELETE", "/api/users/u-<p>"), "own user, users", (USER,)),
    Cause("an avatar", AVATAR, "avatar"),
    Cause("delete an avatar", sent("DELETE", "/api/users/idler/avatar"), "avatar", (AVATAR,)),
    Cause("make an access group", GROUP, "access groups, own group"),
    Cause(
        "change an access group",
        sent(
            "PUT",
            "/api/accessGroups/viewer/_",
            read={
                "enabled": True,
                "access_list": [{"access_type": "hierarchy", "path": "/assets"}],
            },
        ),
        "lit folders, g lit tasks",
        VIEWER,
    ),
    Cause(
        "an access group of a project",
        sent(
            "PUT",
            "/api/accessGroups/artist/<p>",
            read={
                "enabled": True,
                "access_list": [{"access_type": "hierarchy", "path": "/assets"}],
            },
        ),
        "access groups of the project",
    ),
    Cause(
        "delete an access group",
        sent("DELETE", "/api/accessGroups/g-<p>/_"),
        "access groups, own group",
        (GROUP,),
    ),
)
CONFIGURATION = (
    Cause("settings", sent("POST", f"{_ADDON}/settings", greeting="hello <p>"), SETTINGS),
    Cause(
        "settings of a project",
        sent("POST", f"{_ADDON}/settings/<p>", greeting="hello <p>"),
        OF_PROJECT,
    ),
    Cause("raw overrides", sent("PUT", f"{_ADDON}/rawOverrides", greeting="raw <p>"), SETTINGS),
    Cause(
        "raw overrides of a project",
        sent("PUT", f"{_ADDON}/rawOverrides/<p>", greeting="raw"),
        OF_PROJECT,
    ),
    Cause(
        "pin an override",
        sent("POST", f"{_ADDON}/overrides", action="pin", path=["frames", "padding"]),
        "addon overrides, raw overrides",
        (sent("DELETE", f"{_ADDON}/overrides"),),
    ),
    Cause(
        "clear the overrides",
        sent("DELETE", f"{_ADDON}/overrides"),
        SETTINGS,
        (sent("PUT", f"{_ADDON}/rawOverrides", greeting="raw <p>"),),
    ),
    Cause(
        "clear the overrides of a project",
        sent("DELETE", f"{_ADDON}/overrides/<p>"),
        OF_PROJECT,
        (sent("PUT", f"{_ADDON}/rawOverrides/<p>", greeting="raw"),),
    ),
    Cause(
        "settings of a site",
        sent("PUT", f"{_ADDON}/siteSettings?site_id=site-1", scratch="/<p>"),
        "site settings, settings of a site",
    ),
    Cause(
        "migrate settings",
        sent(
            "POST",
            "/api/migrateSettingsByBundle",
            sourceBundle="prod-2609",
            sourceVariant="production",
            targetBundle="staging-2609",
            targetVariant="staging",
        ),
        "settings of staging",
        (sent("PUT", f"{_ADDON}/rawOverrides", greeting="migrated <p>"),),
    ),
    Cause("make a bundle", BUNDLE, "bundles"),
    Cause(
        "change a bundle",
        sent("PATCH", "/api/bundles/b-<p>", isDev=True, activeUser="admin"),
        "bundles",
        (BUNDLE,),
    ),
    Cause(
        "make a bundle staging",
        sent("PATCH", "/api/bundles/b-<p>", isStaging=True),
        "bundles, settings of staging",
        (BUNDLE, sent("PATCH", "/api/bundles/b-<p>", isStaging=False)),
    ),
    Cause(
        "promote a bundle",
        sent("POST", "/api/bundles/b-<p>", action="promote"),
        "bundles, settings of production",
        (
            BUNDLE,
            sent("PATCH", "/api/bundles/b-<p>", isStaging=True),
            sent(
                "PUT",
                "/api/addons/film_tools/1.1.0/rawOverrides?variant=staging",
                greeting="staged <p>",
            ),
        ),
    ),
    Cause("delete a bundle", sent("DELETE", "/api/bundles/b-<p>"), "bundles", (BUNDLE,)),
    Cause(
        "install an addon",
        Change("POST", "/api/addons/install", None, _zip(), BYTES),
        "restart",
        (sent("POST", "/api/system/restartRequired", required=False),),
    ),
    Cause(
        "delete a version of an addon",
        sent("DELETE", "/api/addons/spare/1.0.0"),
        "addon file, restart",
        (sent("POST", "/api/system/restartRequired", required=False),),
    ),
    Cause(
        "a restart is required",
        sent("POST", "/api/system/restartRequired", required=True),
        "restart",
        (sent("POST", "/api/system/restartRequired", required=False),),
    ),
    Cause("make an attribute", ATTRIBUTE, "attributes"),
    Cause(
        "change an attribute",
        sent("PATCH", "/api/attributes/a<p>", data={"title": "Else"}),
        "attributes",
        (ATTRIBUTE,),
    ),
    Cause(
        "delete an attribute", sent("DELETE", "/api/attributes/a<p>"), "attributes", (ATTRIBUTE,)
    ),
    Cause("make a preset", PRESET, "presets"),
    Cause(
        "make a preset the first",
        sent("POST", "/api/anatomy/presets/p-<p>/primary"),
        "presets",
        (PRESET,),
    ),
    Cause(
        "rename a preset",
        sent("POST", "/api/anatomy/presets/p-<p>/rename", name="q-<p>"),
        "presets",
        (PRESET,),
    ),
    Cause("delete a preset", sent("DELETE", "/api/anatomy/presets/p-<p>"), "presets", (PRESET,)),
    Cause("announce a package", PACKAGE, "packages"),
    Cause("upload a package", UPLOADED, "own package", (PACKAGE,)),
    Cause(
        "upload another package under the name",
        UPLOADED._replace(content=b"another"),
        "own package",
        (PACKAGE, UPLOADED),
    ),
    Cause(
        "change a package",
        sent(
            "PATCH",
            "/api/desktop/dependencyPackages/<p>.zip",
            sources=[{"type": "http", "url": "http://x"}],
        ),
        "packages",
        (PACKAGE,),
    ),
    Cause(
        "delete a package",
        sent("DELETE", "/api/desktop/dependencyPackages/<p>.zip"),
        "packages, own package",
        (PACKAGE, UPLOADED),
    ),
    Cause("announce an installer", INSTALLER, "installers"),
    Cause("upload an installer", INSTALLED, "own installer", (INSTALLER,)),
    Cause(
        "change an installer",
        sent(
            "PATCH",
            "/api/desktop/installers/<p>.tar.gz",
            sources=[{"type": "http", "url": "http://x"}],
        ),
        "installers",
        (INSTALLER,),
    ),
    Cause(
        "delete an installer",
        sent("DELETE", "/api/desktop/installers/<p>.tar.gz"),
        "installers, own installer",
        (INSTALLER, INSTALLED),
    ),
    Cause("register a site", SITE, "sites"),
    Cause("delete a site", sent("DELETE", "/api/system/sites/site-<p>"), "sites", (SITE,)),
    Cause(
        "a heartbeat",
        sent("POST", "/api/hosts/heartbeat", hostname="h-<p>", health={}, services=[]),
        "hosts",
    ),
    Cause("make a view", VIEW, "views"),
    Cause(
        "make a view the default",
        sent("POST", "/api/views/overview/default", viewId="<new8>"),
        "default view",
        (VIEW,),
    ),
    Cause(
        "change a view", sent("PATCH", "/api/views/overview/<new8>", label="Else"), "views", (VIEW,)
    ),
    Cause("delete a view", sent("DELETE", "/api/views/overview/<new8>"), "views", (VIEW,)),
)
ROWS = (*PROJECTS, *PEOPLE, *CONFIGURATION)
