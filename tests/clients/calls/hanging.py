"""What hangs on entities: links, lists, comments, watchers, pictures, reviewables, files."""

from __future__ import annotations

from tests.clients.calls.call import FILE, STREAM, Call, call
from tests.clients.subjects import MISSING, Subjects


def calls(s: Subjects) -> list[Call]:
    """All of it."""
    return [*_links(s), *_lists(s), *_activities(s), *_pictures(s), *_reviewables(s)]


def _links(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_link_types", p),
        call("get_link_type", p, *s.link_type),
        call("get_entities_links", p, "folder"),
        call("get_entities_links", p, "version", link_direction="in"),
        call("get_folder_links", p, s.folder),
        call("get_folders_links", p),
        call("get_task_links", p, s.task),
        call("get_tasks_links", p, [s.task]),
        call("get_product_links", p, s.product),
        call("get_products_links", p, [s.product]),
        call("get_version_links", p, s.version),
        call("get_versions_links", p, [s.version, s.hero_version]),
        call("get_representation_links", p, s.representation),
        call("get_representations_links", p, [s.representation]),
    ]


def _lists(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_entity_lists", p),
        call("get_entity_list_by_id", p, s.entity_list),
        call("get_entity_list_rest", p, s.entity_list),
        call("get_entity_list_attribute_definitions", p, s.entity_list),
        call("get_entity_list_entities", p, s.entity_list),
        call("get_entity_list_folders", p),
        call("get_entity_list_folders_raw", p),
    ]


def _activities(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_activities", p),
        call("get_activities", p, entity_ids=[s.reviewed_version], limit=2),
        call("get_activity_by_id", p, s.activity),
        call("get_activity_categories", p),
        call("get_raw_activity_categories", p),
        call("get_entity_watchers", p, s.version, "version"),
        call("get_raw_entity_watchers", p, s.version, "version"),
        call("suggest_entity_mention", p, s.version, "version"),
        call("get_event", s.event),
        call("get_events", limit=20),
    ]


def _pictures(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_folder_thumbnail", p, s.pictured_folder),
        call("get_folder_thumbnail", p, MISSING),
        call("get_version_thumbnail", p, s.pictured_version),
        call("get_task_thumbnail", p, s.task),
        call("get_workfile_thumbnail", p, s.workfile),
        call("get_thumbnail", p, "folder", s.pictured_folder),
        call("get_thumbnail_by_id", p, s.folder_thumbnail),
        call("get_project_thumbnail", p),
    ]


def _reviewables(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_folder_reviewables", p, s.folder),
        call("get_task_reviewables", p, s.task),
        call("get_product_reviewables", p, s.product),
        call("get_version_reviewables", p, s.reviewed_version),
        call("get_version_reviewables", p, s.reviewed_version, latest=True),
        call("get_reviewables", p, "version", [s.reviewed_version]),
        call("get_project_file_info", p, s.file),
        call("download_project_file", p, s.file, FILE),
        call("download_project_file_to_stream", p, s.file, STREAM),
        call("download_file", f"api/projects/{p}/files/{s.file}", FILE),
    ]
