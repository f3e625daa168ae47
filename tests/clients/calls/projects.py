"""Projects: lists, anatomy, roots, access, what is counted from them."""

from __future__ import annotations

from tests.clients.calls.call import Call, call
from tests.clients.subjects import SITE, Subjects


def calls(s: Subjects) -> list[Call]:
    """The list first, as a tool does."""
    p = s.project
    return [
        call("get_projects"),
        call("get_projects", active=None, fields={"name", "active", "library"}),
        call("get_project_names"),
        call("get_rest_projects"),
        call("get_rest_projects_list", active=None),
        call("get_project", p),
        call("get_project", p, own_attributes=True),
        call("get_project", p, fields={"name", "code", "data"}),
        call("get_project", p.upper()),
        call("get_project", s.other_project),
        call("get_project", "no_such_project"),
        call("get_rest_project", p),
        call("get_project_anatomy", p),
        call("get_project_bundle", p),
        call("get_project_product_types", p),
        call("get_project_stats", p),
        call("get_project_tags", p),
        call("get_project_users", p),
        call("get_teams", p),
        call("get_teams", p, show_members=True),
        call("get_entity_groups", p, "task", "status"),
        call("get_entity_groups", p, "version", "status", empty=True),
        call("get_project_root_overrides", p),
        call("get_project_root_overrides_by_site_id", p, SITE),
        call("get_project_roots_by_platform", p, "linux"),
        call("get_project_roots_by_platform", p, "windows"),
        call("get_project_roots_by_site", p),
        call("get_project_roots_by_site_id", p, SITE),
        call("get_project_roots_for_site", p),
        call("get_project_folders"),
        call("get_raw_project_folders"),
        call("get_anatomy_schema"),
        call("get_build_in_anatomy_preset"),
        call("get_built_in_anatomy_preset"),
        call("get_default_anatomy_preset_name"),
        call("get_project_anatomy_preset"),
        call("get_project_anatomy_presets"),
        call("get_product_types"),
    ]
