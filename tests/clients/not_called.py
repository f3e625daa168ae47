"""Public methods of `ServerAPI` that the table of calls leaves out, each for a reason."""

from __future__ import annotations

from types import MappingProxyType

WRITES = (
    "abort_",
    "assign_",
    "change_",
    "create_",
    "delete_",
    "dispatch_",
    "make_sure_",
    "materialize_",
    "migrate_",
    "modify_",
    "remove_",
    "rename_",
    "save_",
    "send_",
    "set_",
    "sort_",
    "spawn_",
    "trigger_",
    "unset_",
    "update_",
    "upload_",
)
"""How the names of those begin that change something, at the server or in the connection."""

_LOCAL = "answered by the connection itself: no request"

NOT_CALLED = MappingProxyType(
    {
        **dict.fromkeys(
            (
                *("get_addon_endpoint", "get_addon_url", "get_base_url", "get_cert"),
                *("get_client_version", "get_default_max_retries", "get_default_timeout"),
                *("get_default_service_username", "get_default_settings_variant"),
                *("get_full_link_type_name", "get_headers", "get_max_retries", "get_rest_url"),
                *("get_sender", "get_sender_type", "get_site_id", "get_ssl_verify"),
                *("get_timeout", "get_websocket_url", "as_username", "close_session"),
                *("reset_attributes_cache", "reset_attributes_schema", "reset_token"),
            ),
            _LOCAL,
        ),
        **dict.fromkeys(("delete", "patch", "post", "put"), "writes by hand"),
        **dict.fromkeys(("raw_delete", "raw_patch", "raw_put"), "writes by hand"),
        **dict.fromkeys(("login", "logout"), "change the session; tested on their own"),
        "get_server_schema": "/openapi.json can break until the server restarts",
        "get_schemas": "a part of /openapi.json",
        "get_enums": "refused by the library before servers newer than 1.16.3",
        "enroll_event_job": "hands out a job",
        "take_action": "uses up a token, and asks for an abort instead",
        "get_background_operations_status": "needs a running operation: a scenario's matter",
        "get_event_hub": "opens a websocket; tested with the websockets",
    }
)
