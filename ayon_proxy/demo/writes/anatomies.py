"""An anatomy as clients send it (`POST …/anatomy`, presets), made into a project's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ayon_proxy.demo.project import Anatomy, Project

_TEMPLATE_KINDS = ("work", "publish", "hero", "delivery", "staging", "others")
_COMMON = ("version_padding", "version", "frame_padding", "frame")
_VOCABULARIES = ("folder_types", "task_types", "statuses", "tags")

# What a project's entities say when a word of its vocabulary gets another name.
_RENAMED = {
    "statuses": ("status", ("folder", "task", "product", "version", "representation", "workfile")),
    "folder_types": ("folder_type", ("folder",)),
    "task_types": ("task_type", ("task",)),
}


def anatomy_of(sent: dict[str, Any], before: Anatomy) -> Anatomy:
    """The anatomy sent; what it leaves out stays."""
    changes: dict[str, Any] = {
        name: [_plain(each) for each in sent[name]] for name in _VOCABULARIES if name in sent
    }
    if "roots" in sent:
        changes["roots"] = {
            root["name"]: {key: root.get(key, "") for key in ("windows", "linux", "darwin")}
            for root in sent["roots"]
        }
    if "templates" in sent:
        changes["templates"] = _templates(sent["templates"])
    if "link_types" in sent:
        changes["link_types"] = [_link_type(each) for each in sent["link_types"]]
    return replace(before, **changes)


def rename_words(project: Project, sent: dict[str, Any]) -> None:
    """Entities follow renamed words; `updatedAt` stays and nobody is told (server.md 1.5)."""
    for vocabulary, (field, entity_types) in _RENAMED.items():
        renames = {
            each["original_name"]: each["name"]
            for each in sent.get(vocabulary, ())
            if each.get("original_name") not in (None, each["name"])
        }
        for entity_type in entity_types if renames else ():
            table: dict[str, Any] = getattr(project, f"{entity_type}s")
            for entity in list(table.values()):
                word = getattr(entity, field)
                if word in renames:
                    table[entity.id] = replace(entity, **{field: renames[word]})


def _plain(word: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in word.items() if key not in ("original_name", "originalName")}


def _templates(sent: dict[str, Any]) -> dict[str, Any]:
    templates: dict[str, Any] = {"common": {key: sent[key] for key in _COMMON if key in sent}}
    for kind in _TEMPLATE_KINDS:
        if sent.get(kind):
            templates[kind] = {
                each["name"]: {key: value for key, value in each.items() if key != "name"}
                for each in sent[kind]
            }
    return templates


def _link_type(sent: dict[str, Any]) -> dict[str, Any]:
    kind, input_type, output_type = (
        sent[key] for key in ("link_type", "input_type", "output_type")
    )
    return {
        "name": f"{kind}|{input_type}|{output_type}",
        "linkType": kind,
        "inputType": input_type,
        "outputType": output_type,
        "data": {key: sent[key] for key in ("color", "style") if key in sent},
    }
