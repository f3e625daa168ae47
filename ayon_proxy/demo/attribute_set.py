"""The attributes a new server has, in their order (`GET /api/attributes`)."""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo.catalogue import AttributeDefinition

_RULES = (
    *("title", "description", "example", "default", "gt", "ge", "lt", "le", "minLength"),
    *("maxLength", "minItems", "maxItems", "regex", "enum", "enumResolver"),
    *("enumResolverSettings", "inherit", "widget", "widgetSettings"),
)
_HIERARCHY = ("project", "folder", "task")
_SHOT = ("project", "folder", "version", "representation", "task")
_EVERYWHERE = (*_HIERARCHY, "product", "version", "representation", "workfile")

_PRIORITIES = (
    ("urgent", "keyboard_double_arrow_up", "#FF8585"),
    ("high", "keyboard_arrow_up", "#FFAD66"),
    ("normal", "check_indeterminate_small", "#9AC0E7"),
    ("low", "keyboard_arrow_down", "#9FA7B1"),
)


def _choice(value: str, icon: str, color: str) -> dict[str, Any]:
    return {
        "value": value,
        "label": value.capitalize(),
        "description": None,
        "fulltext": [value],
        "group": None,
        "icon": icon,
        "color": color,
        "shortName": None,
        "disabled": False,
        "disabledMessage": None,
    }


# name, scope, type, title, default, other rules
_TABLE: tuple[tuple[str, tuple[str, ...], str, str, Any, dict[str, Any]], ...] = (
    (
        *("priority", _HIERARCHY, "string", "Priority", "normal"),
        {"enum": [_choice(*each) for each in _PRIORITIES]},
    ),
    ("fps", _SHOT, "float", "FPS", 25, {"gt": 0, "example": 25}),
    ("resolutionWidth", _SHOT, "integer", "Width", 1920, {"gt": 0, "lt": 50000, "example": 1920}),
    ("resolutionHeight", _SHOT, "integer", "Height", 1080, {"gt": 0, "lt": 50000, "example": 1080}),
    ("pixelAspect", _SHOT, "float", "Pixel aspect", 1.0, {"gt": 0, "example": 1.0}),
    ("clipIn", _SHOT, "integer", "Clip In", 1, {"example": 1}),
    ("clipOut", _SHOT, "integer", "Clip Out", 1, {"example": 1}),
    ("frameStart", _SHOT, "integer", "Start frame", 1001, {"example": 1001}),
    ("frameEnd", _SHOT, "integer", "End frame", 1001, {}),
    ("handleStart", _SHOT, "integer", "Handle start", 0, {}),
    ("handleEnd", _SHOT, "integer", "Handle end", 0, {}),
    ("fullName", ("user",), "string", "Full name", None, {}),
    ("email", ("user",), "string", "E-Mail", None, {}),
    ("avatarUrl", ("user",), "string", "Avatar URL", None, {}),
    ("developerMode", ("user",), "boolean", "Developer mode", None, {"example": True}),
    ("productGroup", ("product",), "string", "Product group", None, {}),
    ("intent", ("version",), "string", "Intent", None, {}),
    ("machine", ("version",), "string", "Machine", None, {}),
    ("source", ("version",), "string", "Source", None, {}),
    ("comment", ("version",), "string", "Comment", None, {}),
    ("site", ("version",), "string", "Site", None, {"example": "workstation42"}),
    ("families", ("version",), "list_of_strings", "Families", None, {}),
    ("colorSpace", ("version",), "string", "Color space", None, {"example": "rec709"}),
    ("path", ("representation",), "string", "Path", None, {}),
    ("template", ("representation",), "string", "Template", None, {}),
    ("extension", ("representation", "workfile"), "string", "File extension", None, {}),
    ("startDate", _HIERARCHY, "datetime", "Start date", None, {}),
    ("endDate", _HIERARCHY, "datetime", "End date", None, {}),
    (
        *("description", _EVERYWHERE, "string", "Description", None),
        {"inherit": False, "widget": "markdown"},
    ),
    ("entityListCategory", ("list",), "string", "List category", None, {"inherit": False}),
)


def attributes() -> list[AttributeDefinition]:
    """Fresh definitions; a studio may change its own."""
    return [
        AttributeDefinition(
            name=name,
            position=position,
            scope=list(scope),
            data=complete({"type": kind, "title": title, "default": default, **rules}),
        )
        for position, (name, scope, kind, title, default, rules) in enumerate(_TABLE)
    ]


def complete(data: dict[str, Any]) -> dict[str, Any]:
    """The rules of an attribute with those that were not given."""
    return {"type": data["type"], **dict.fromkeys(_RULES), "inherit": True, **data}


def project_defaults() -> dict[str, Any]:
    """The attributes a new project has: every default."""
    return {
        name: float(default) if kind == "float" else default
        for name, scope, kind, _, default, _ in _TABLE
        if "project" in scope and default is not None
    }
