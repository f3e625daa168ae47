"""Anatomies: of projects, presets, and the built-in one."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import caller_of, project_of, studio_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Anatomy, Project
from ayon_proxy.demo.rest.joining import joining
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.vocabulary import anatomy

COMMON_TEMPLATES = ("version_padding", "version", "frame_padding", "frame")
TEMPLATE_CATEGORIES = ("work", "publish", "hero", "delivery", "staging", "others")


def anatomy_view(anatomy: Anatomy, attributes: dict[str, Any]) -> dict[str, Any]:
    """An anatomy as presets and `GET …/anatomy` spell it: snake case, lists for mappings."""
    common = anatomy.templates.get("common", {})
    return {
        "entity_naming": anatomy.entity_naming or {"capitalization": "lower", "separator": "_"},
        "roots": [{"name": name, **paths} for name, paths in anatomy.roots.items()],
        "templates": {
            **{key: common[key] for key in COMMON_TEMPLATES if key in common},
            **{
                category: [
                    {"name": name, **template}
                    for name, template in anatomy.templates.get(category, {}).items()
                ]
                for category in TEMPLATE_CATEGORIES
            },
        },
        "attributes": attributes,
        "folder_types": _renamable(anatomy.folder_types),
        "task_types": _renamable(anatomy.task_types),
        "link_types": [
            {
                "link_type": each["linkType"],
                "input_type": each["inputType"],
                "output_type": each["outputType"],
                "style": "solid",
                **each.get("data", {}),
            }
            for each in anatomy.link_types
        ],
        "statuses": _renamable(anatomy.statuses),
        "tags": _renamable(anatomy.tags),
        "product_base_types": anatomy.product_base_types,
    }


def _renamable(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "original_name": row["name"]} for row in rows]


def project_attributes(studio: Studio, project: Project) -> dict[str, Any]:
    """Every attribute a project can have, None where it has none."""
    names = [each.name for each in studio.attributes if "project" in each.scope]
    return {name: project.attrib.get(name) for name in names}


def of_project(request: Request) -> dict[str, Any]:
    """`GET …/anatomy`."""
    _, project = project_of(request)
    return anatomy_view(project.anatomy, project_attributes(studio_of(request), project))


def presets(request: Request) -> dict[str, Any]:
    """`GET /api/anatomy/presets`."""
    caller_of(request)
    studio = studio_of(request)
    return {
        "version": "1.0.0",
        "presets": [
            {"name": name, "primary": each.get("primary", False), "version": "1.0.0"}
            for name, each in studio.anatomy_presets.items()
        ],
    }


def preset(request: Request) -> dict[str, Any]:
    """`GET /api/anatomy/presets/{name}`; `_` and the two reserved names are the built-in one."""
    caller_of(request)
    studio, name = studio_of(request), request.path_params["preset_name"]
    if name in studio.anatomy_presets:
        data: dict[str, Any] = studio.anatomy_presets[name]["data"]
        return data
    if name not in {"_", "__primary__", "__builtin__"}:
        raise AyonError(404, f"Anatomy preset {name} not found.")
    defaults = {
        each.name: each.data.get("default") for each in studio.attributes if "project" in each.scope
    }
    return anatomy_view(anatomy(), defaults)


routes: list[Route] = [
    get("/api/projects/{project_name}/anatomy", joining(of_project)),
    get("/api/anatomy/presets", presets),
    get("/api/anatomy/presets/{preset_name}", preset),
]
