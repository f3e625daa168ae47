"""Folders, tasks, products, versions, representations and workfiles."""

from __future__ import annotations

from tests.clients.calls.call import Call, call
from tests.clients.subjects import MISSING, Subjects


def calls(s: Subjects) -> list[Call]:
    """In the order in which a tool goes down the tree."""
    return [*_folders(s), *_tasks(s), *_products(s), *_versions(s), *_files(s), *_missing(s)]


def _folders(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_folders_hierarchy", p),
        call("get_folders_hierarchy", p, s.folder_name),
        call("get_folders_rest", p),
        call("get_rest_folders", p, True),
        call("get_folders", p),
        call("get_folders", p, folder_ids=[s.folder], fields={"id", "path", "attrib.fps"}),
        call("get_folders", p, folder_names=[s.folder_name], has_products=True, active=None),
        call("get_folders", p, own_attributes=True),
        call("get_folder_by_id", p, s.folder),
        call("get_folder_by_name", p, s.folder_name),
        call("get_folder_by_path", p, s.folder_path),
        call("get_folder_ids_with_products", p),
        call("get_rest_folder", p, s.folder),
        call("get_rest_entity_by_id", p, "folder", s.folder),
        call("search_folders", p, folder_search=s.folder_name),
    ]


def _tasks(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_tasks", p),
        call("get_tasks", p, folder_ids=[s.folder], task_names=[s.task_name]),
        call("get_task_by_id", p, s.task),
        call("get_task_by_name", p, s.folder, s.task_name),
        call("get_task_by_folder_path", p, s.folder_path, s.task_name),
        call("get_tasks_by_folder_path", p, s.folder_path),
        call("get_tasks_by_folder_paths", p, [s.folder_path]),
        call("get_rest_task", p, s.task),
    ]


def _products(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_products", p),
        call("get_products", p, folder_ids=[s.product_folder], product_names=[s.product_name]),
        call("get_products", p, names_by_folder_ids={s.product_folder: [s.product_name]}),
        call("get_product_by_id", p, s.product),
        call("get_product_by_name", p, s.product_name, s.product_folder),
        call("get_product_type_names", p, [s.product]),
        call("get_rest_product", p, s.product),
    ]


def _versions(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_versions", p),
        call("get_versions", p, product_ids=[s.product], latest=True, hero=False),
        call("get_version_by_id", p, s.version),
        call("get_version_by_name", p, s.version_number, s.product),
        call("get_hero_versions", p),
        call("get_hero_version_by_id", p, s.hero_version),
        call("get_hero_version_by_product_id", p, s.product),
        call("get_last_versions", p, [s.product]),
        call("get_last_version_by_product_id", p, s.product),
        call("get_last_version_by_product_name", p, s.product_name, s.product_folder),
        call("version_is_latest", p, s.version),
        call("get_rest_version", p, s.version),
    ]


def _files(s: Subjects) -> list[Call]:
    p = s.project
    return [
        call("get_representations", p),
        call("get_representations", p, version_ids=[s.version]),
        call("get_representations", p, names_by_version_ids={s.version: [s.representation_name]}),
        call("get_representation_by_id", p, s.representation),
        call("get_representation_by_name", p, s.representation_name, s.version),
        call("get_representation_parents", p, s.representation),
        call("get_representations_parents", p, [s.representation]),
        call("get_representation_hierarchy", p, s.representation),
        call("get_representations_hierarchy", p, [s.representation]),
        call("get_repre_ids_by_context_filters", p, {"representation": [s.representation_name]}),
        call("get_repre_ids_by_context_filters", p, {"product.name": [".*[Mm]ain"]}),
        call("get_rest_representation", p, s.representation),
        call("get_workfiles_info", p),
        call("get_workfile_info", p, s.workfile_task, s.workfile_path),
        call("get_workfile_info_by_id", p, s.workfile),
        call("get_workfile_entities", p, task_ids=[s.workfile_task]),
        call("get_workfile_entity", p, s.workfile_task, s.workfile_path),
        call("get_workfile_entity_by_id", p, s.workfile),
        call("get_project_entity_uris", p, "representation", [s.representation]),
        call("resolve_uris", [_uri(s), f"ayon+entity://{p}/nowhere"]),
        call("resolve_uris", [_uri(s)], resolve_roots=True),
        call("resolve_uris", [_uri(s)], path_only=True),
    ]


def _uri(s: Subjects) -> str:
    asked = f"product={s.product_name}&version=latest&representation={s.representation_name}"
    return f"ayon+entity://{s.project}{s.folder_path}?{asked}"


def _missing(s: Subjects) -> list[Call]:
    """What isn't there, and what not everybody may see."""
    return [
        call("get_rest_folder", s.project, MISSING),
        call("get_folder_by_id", s.project, MISSING),
        call("get_version_by_id", s.project, MISSING),
        call("get_rest_version", "no_such_project", s.version),
        call("get_folders", "no_such_project"),
        call("get_folders", s.other_project),
        call("get_folders_hierarchy", s.other_project),
        call("get_rest_folder", s.other_project, s.folder),
    ]
