"""The anatomy a new project has: types, statuses, tags, link types, roots, templates."""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo.project import Anatomy

_FOLDER_TYPES = (
    ("Folder", "", "folder"),
    ("Library", "lib", "category"),
    ("Asset", "", "smart_toy"),
    ("Episode", "ep", "live_tv"),
    ("Sequence", "sq", "theaters"),
    ("Shot", "sh", "movie"),
)
_TASK_TYPES = (
    ("Generic", "gener", "#5c6c79", "task_alt"),
    ("Modeling", "mdl", "#e74c4c", "language"),
    ("Lookdev", "look", "#44944a", "ev_shadow"),
    ("Rigging", "rig", "#1aafc3", "construction"),
    ("Layout", "lay", "#2359b3", "nature_people"),
    ("Animation", "anim", "#3599f1", "directions_run"),
    ("Lighting", "lgt", "#d9a52a", "highlight"),
    ("Compositing", "comp", "#9752a2", "layers"),
)
_WORK = ["folder", "task"]
_PUBLISHED = ["folder", "product", "version", "representation", "task", "workfile"]
_STATUSES = (
    ("Not ready", "NRD", "not_started", "fiber_new", "#3d444f", [*_WORK, "product"]),
    ("Ready to start", "RDY", "not_started", "timer", "#bababa", _WORK),
    ("In progress", "PRG", "in_progress", "play_arrow", "#5bb8f5", [*_WORK, "workfile"]),
    ("Pending review", "RVW", "in_progress", "visibility", "#ffcd19", [*_WORK, "version"]),
    ("Approved", "APP", "done", "task_alt", "#08f094", _PUBLISHED),
    ("On hold", "HLD", "blocked", "back_hand", "#fa6e46", _WORK),
    ("Omitted", "OMT", "blocked", "block", "#cb1a1a", _PUBLISHED),
)
_TAGS = (("important", "#ff2450"), ("for reel", "#5be1c6"), ("retake", "#cb1a1a"))
_LINK_TYPES = (
    ("generative", "version", "#3f67de"),
    ("reference", "version", "#7bb236"),
    ("breakdown", "folder", "#f2a114"),
    ("template", "folder", "#fff824"),
)
_BASE_TYPES = ("render", "review", "plate", "camera", "model", "texture", "look", "rig", "workfile")
_FOLDER = "{root[work]}/{project[name]}/{hierarchy}/{folder[name]}"
_PUBLISH = _FOLDER + "/publish/{product[type]}/{product[name]}"


def anatomy(roots: dict[str, dict[str, str]] | None = None) -> Anatomy:
    """A fresh anatomy; a project may change its own."""
    return Anatomy(
        folder_types=[
            {"name": name, "shortName": short, "color": "#cccccc", "icon": icon}
            for name, short, icon in _FOLDER_TYPES
        ],
        task_types=[
            {"name": name, "shortName": short, "color": color, "icon": icon}
            for name, short, color, icon in _TASK_TYPES
        ],
        statuses=[
            {
                "name": name,
                "shortName": short,
                "state": state,
                "icon": icon,
                "color": color,
                "scope": list(scope),
            }
            for name, short, state, icon, color, scope in _STATUSES
        ],
        tags=[{"name": name, "color": color} for name, color in _TAGS],
        link_types=[link_type(name, kind, kind, color) for name, kind, color in _LINK_TYPES],
        roots=roots
        or {
            "work": {
                "windows": "C:/projects",
                "linux": "/mnt/share/projects",
                "darwin": "/Volumes/projects",
            }
        },
        templates=_templates(),
        product_base_types={
            "definitions": [
                {"name": name, "color": "#cccccc", "icon": "deployed_code"} for name in _BASE_TYPES
            ],
            "default": {"color": "#cccccc", "icon": "deployed_code"},
        },
    )


def link_type(name: str, input_type: str, output_type: str, color: str) -> dict[str, Any]:
    """A link type as `GET …/links/types` shows it."""
    return {
        "name": f"{name}|{input_type}|{output_type}",
        "linkType": name,
        "inputType": input_type,
        "outputType": output_type,
        "data": {"color": color, "style": "solid"},
    }


def _templates() -> dict[str, Any]:
    code = "{project[code]}_{folder[name]}"
    return {
        "common": {
            "frame_padding": 4,
            "version_padding": 3,
            "frame": "{frame:0>{@frame_padding}}",
            "version": "v{version:0>{@version_padding}}",
        },
        "work": {
            "default": {
                "directory": _FOLDER + "/scenes/{task[name]}",
                "file": code + "_{task[name]}_{@version}<_{comment}>.{ext}",
            }
        },
        "publish": {
            "default": {
                "directory": _PUBLISH + "/{@version}",
                "file": code + "_{product[name]}_{@version}<_{output}><.{@frame}>.{ext}",
            }
        },
        "hero": {
            "default": {
                "directory": _PUBLISH + "/hero",
                "file": code + "_{product[name]}_hero<_{output}><.{@frame}>.{ext}",
            }
        },
    }
