"""TABLE: deliberately passed on: what is live, secret or happens once; each with its reason.

Sources: upstream/server.md 3.4 and 8.1, the class "never".
"""

from __future__ import annotations

from ayon_proxy.policy.routes.rows import passed, write

_SECRET = "a secret"
_CLOUD = "between this server and its vendor's cloud"
_LIVE = "what is happening now"
_ONCE = "each job is given to one caller, once"

ROUTES = (
    # Events
    passed("POST", "/api/events", _LIVE),
    passed("GET PATCH DELETE", "/api/events/{event_id}", _LIVE),
    passed("POST", "/api/eventops", _LIVE),
    passed("POST", "/api/query", _LIVE, safe=True),
    passed("POST", "/api/enroll", _ONCE),
    passed("POST", "/api/inbox", "read marks, which no stored answer shows"),
    # Actions: the addon decides what is offered
    passed("POST", "/api/actions/list", "decided by the addon at the moment of asking"),
    passed("GET", "/api/actions/manage", "decided by the addon at the moment of asking"),
    passed("POST", "/api/actions/config", "a read or a write, as its body says"),
    passed("POST", "/api/actions/execute", "hands out a one-time token"),
    passed("GET", "/api/actions/take/{token}", "works once", safe=False),
    passed("POST", "/api/actions/abort/{token}", "works once"),
    # Secrets
    passed("GET", "/api/secrets", _SECRET),
    passed("GET", "/api/secrets/{secret_name}", _SECRET),
    passed("PUT DELETE", "/api/secrets/{secret_name}", _SECRET),
    # Server configuration, which may hold credentials of mail and cloud
    passed("GET", "/api/config", _SECRET),
    passed("POST PATCH", "/api/config", _SECRET),
    passed("GET", "/api/config/overrides", _SECRET),
    passed("GET", "/api/config/schema", "belongs to the configuration, asked by its form alone"),
    passed("GET", "/api/config/value/{key}", _SECRET),
    passed("GET", "/api/config/files/{file_type}", "belongs to the configuration"),
    write("PUT", "/api/config/files/{file_type}"),
    # The vendor's cloud and market
    passed("GET POST DELETE", "/api/connect", _CLOUD),
    passed("GET", "/api/connect/authorize", _CLOUD, safe=False),
    passed("GET", "/api/connect/feedback", _CLOUD),
    passed("GET", "/api/market/addons", _CLOUD),
    passed("GET", "/api/market/addons/{addon_name}", _CLOUD),
    passed("GET", "/api/market/addons/{addon_name}/{addon_version}", _CLOUD),
    passed("GET", "/api/market/licenses", _CLOUD),
    passed("GET", "/api/market/releases", _CLOUD),
    passed("GET", "/api/market/releases/{release_name}", _CLOUD),
    # Measurements
    passed("GET", "/api/metrics", _LIVE),
    passed("GET", "/api/metrics/system", _LIVE),
    passed("GET DELETE", "/api/metrics/tracemalloc", _LIVE),
    passed("GET", "/api/system/sleep", "keeps the request waiting, for tests"),
    # What addons bring themselves
    passed(
        "GET",
        "/api/addons/{addon_name}/{addon_version}/{rest:path}",
        "decided by the addon",
    ),
    write("*", "/api/addons/{addon_name}/{addon_version}/{rest:path}"),
)
