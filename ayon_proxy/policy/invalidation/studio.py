"""TABLE: users and their rights, settings, bundles, addons, packages, the server itself."""

from __future__ import annotations

from ayon_proxy.policy.feed.effects import OWN_TOPIC
from ayon_proxy.policy.invalidation.topic import Topic

RESTARTED = ("addons", "anatomy", "attributes", "bundles", "restart", "settings", "static")
"""What a restart of upstream may change (7, Restart)."""

TOPICS = (
    # Users. A name stands in every project: assignees, authors, owners.
    Topic(
        "entity.user.created",
        ("users",),
        "users/create user: the summary names the acting user",
    ),
    Topic(
        "entity.user.deleted|renamed",
        ("answers",),
        "users/rename user; users/delete user; 1.5 user rename: every project, by raw SQL",
        settling=("answers",),
    ),
    Topic(
        "access_group.updated|deleted",
        ("answers",),
        "access/edit access group: children of /bbb; access/delete access group: users lose it",
        settling=("answers",),
        assigned=("answers",),
    ),
    Topic("auth.login", ("users",), "auth/login; 1.3 acceptInvite changes the user, too"),
    Topic(
        "auth.logout", ("users",), "users/deactivate user with live sessions", settling=("users",)
    ),
    Topic("user.log_fail", (), "1.2: nothing has changed"),
    # Settings and bundles
    Topic(
        "settings.changed",
        ("settings", "bundles", "projects", "addons"),
        "settings/save studio settings; "
        "addons/project bundle freeze (POST bundle): only addons that allow it",
        settling=("settings", "bundles", "projects", "addons"),
    ),
    Topic(
        "bundle.created|updated|status_changed",
        ("bundles", "settings", "addons"),
        "bundles/set staging; bundles/promote staging to production",
        settling=("bundles", "settings", "addons"),
    ),
    # Addons and packages: pending first, then updates under the same id
    Topic(
        "addon.install|install_from_url",
        ("addons", "settings", "restart"),
        "addons/upload addon zip; addons/install from a URL that does not answer",
        settling=("addons", "settings", "restart"),
    ),
    Topic(
        "installer.install_from_url",
        ("installers", "studio"),
        "1.2: the file may be replaced under its name",
        settling=("installers", "studio"),
    ),
    Topic(
        "dependency_package.install_from_url",
        ("packages", "studio"),
        "1.2: the file may be replaced under its name",
        settling=("packages", "studio"),
    ),
    # The server
    Topic(
        "import.data",
        ("answers",),
        "1.3 csv/import: entities have their own events, users have none",
        settling=("answers",),
    ),
    Topic(
        "maintenance",
        ("answers",),
        "1.5 nightly maintenance: removes activities, files, settings, old events",
        settling=("answers",),
    ),
    Topic("server.started", RESTARTED, "7 Restart; 2.4 step 10", settling=RESTARTED),
    Topic(
        "server.restart_required",
        ("restart", "addons", "attributes", "settings"),
        "addons/delete an addon (all versions); attributes/create attribute: no detail is told",
        settling=("restart", "addons", "attributes", "settings"),
    ),
    Topic("server.restart_requested", ("restart",), "ws/server_restart"),
    Topic("server.log_collector_started", (), "1.2: nothing has changed"),
    Topic("log.*", (), "1.2: nothing has changed"),
    Topic("action.launcher", (), "addons/actions/execute of a launcher action: never stored"),
    Topic("heartbeat", (), "2.1: nothing has changed"),
    Topic(OWN_TOPIC, (), "sent by the feed to prove the socket"),
)
