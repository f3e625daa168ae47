"""The studio: addons, bundles, settings, packages, people, events, the server itself."""

from __future__ import annotations

from tests.clients.calls.call import FILE, FOLDER, STREAM, Call, call
from tests.clients.subjects import SITE, Subjects


def calls(s: Subjects) -> list[Call]:
    """What a start-up asks comes first."""
    return [
        *_server(s),
        *_bundles(s),
        *_settings_of_an_addon(s),
        *_packages(s),
        *_people(s),
        *_by_hand(s),
    ]


def _server(s: Subjects) -> list[Call]:
    return [
        call("validate_server_availability"),
        call("validate_token"),
        call("get_info"),
        call("get_server_version"),
        call("get_server_version_tuple"),
        call("is_service_user"),
        call("is_product_base_type_supported"),
        call("links_graphql_support_data"),
        call("get_graphql_schema"),
        call("get_attributes_schema"),
        call("get_attributes_schema", use_cache=False),
        call("get_attributes_for_type", "folder"),
        call("get_attributes_fields_for_type", "version"),
        call("get_default_fields_for_type", "folder"),
        call("get_default_fields_for_type", "project"),
        call("get_enum", "addons"),
        call("get_enum", "statuses", project_name=s.project),
        call("get_hosts"),
        call("get_services"),
        call("get_sites"),
        call("get_sites", platform_name="linux"),
        call("get_restart_required"),
        call("get_secret", s.secret),
        call("get_secrets"),
        call("get_server_config"),
        call("get_server_config_overrides"),
        call("get_server_config_schema"),
        call("get_server_config_value", "studio_name"),
        call("download_server_config_file", "studio_logo", FILE),
        call("download_server_config_file_to_stream", "login_background", STREAM),
    ]


def _bundles(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_bundles"),
        call("check_bundle_compatibility", "other", {s.addon: s.addon_version}, "1.2.0"),
        call("get_addons_info"),
        call("get_addons_info", details=False),
        call("get_bundle_settings"),
        call("get_bundle_settings", s.bundle, p, variant="staging", site_id=SITE),
        call("get_addons_settings"),
        call("get_addons_settings", project_name=p, only_values=False),
        call("get_addons_studio_settings", s.bundle),
        call("get_addons_project_settings", p),
        call("get_actions", p, "folder", [s.folder]),
        call("get_action_config", "no_action", s.addon, s.addon_version),
    ]


def _settings_of_an_addon(s: Subjects) -> list[Call]:
    addon, p = (s.addon, s.addon_version), s.project
    return [
        call("get_addon_settings", *addon),
        call("get_addon_settings", *addon, p),
        call("get_addon_settings_schema", *addon),
        call("get_addon_settings_schema", *addon, p),
        call("get_addon_site_settings", *addon, SITE),
        call("get_addon_site_settings_schema", *addon),
        call("get_addon_studio_settings", *addon, variant="staging"),
        call("get_addon_project_settings", *addon, p),
        call("get_addon_overrides", *addon),
        call("get_addon_studio_overrides", *addon),
        call("get_addon_project_overrides", *addon, p),
        call("get_addon_raw_overrides", *addon),
        call("get_addon_studio_raw_overrides", *addon),
        call("get_addon_project_raw_overrides", *addon, p),
        call("get_addon_settings", "no_addon", "9.9.9"),
        call("download_addon_private_file", *addon, s.addon_file, FOLDER),
        call("download_addon_private_file", *addon, "no_file.zip", FOLDER),
    ]


def _packages(s: Subjects) -> list[Call]:
    return [
        call("get_dependency_packages"),
        call("download_dependency_package", s.dependency_package, FOLDER, "package.zip"),
        call("get_installers"),
        call("get_installers", platform_name="linux"),
        call("download_installer", s.installer, FILE),
        call("download_installer", "no_installer.zip", FILE),
        call("download_file_to_stream", f"api/desktop/installers/{s.installer}", STREAM),
    ]


def _people(s: Subjects) -> list[Call]:
    return [
        call("get_user"),
        call("get_user", s.user),
        call("get_user", "nobody_of_that_name"),
        call("get_user_by_name", s.user, s.project),
        call("get_users"),
        call("get_users", s.project),
        call("get_user_permissions"),
        call("get_user_permissions", s.user, s.project),
        call("get_user_api_keys", s.user),
        call("get_user_sessions", s.user),
        call("get_access_group", s.access_group),
        call("get_access_group_schema"),
        call("get_access_groups"),
        call("get_access_groups", s.project),
    ]


def _by_hand(s: Subjects) -> list[Call]:
    """The library's own ways to ask for anything."""
    names = "query Names($name: String!) { project(name: $name) { name code } }"
    return [
        call("get", f"projects/{s.project}/folders/{s.folder}"),
        call("get", "no/such/path"),
        call("raw_get", "bundles"),
        call("raw_post", "resolve", json={"uris": [f"ayon+entity://{s.project}{s.folder_path}"]}),
        call("query_graphql", names, {"name": s.project}),
    ]
