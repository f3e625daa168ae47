"""Makes the projects of the films: sequences, shots, assets, publishes.

Ids are made from names, so that every run has the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ayon_proxy.demo.attribute_set import project_defaults
from ayon_proxy.demo.entities import (
    EntityType,
    Folder,
    Product,
    Representation,
    Task,
    Version,
    Workfile,
)
from ayon_proxy.demo.film_crew import BEGIN
from ayon_proxy.demo.project import EntityList, Link, ListItem, Project
from ayon_proxy.demo.vocabulary import anatomy

SHOTS = {"sq010": ("sh0010", "sh0020", "sh0030"), "sq020": ("sh0010", "sh0020", "sh0030")}
ASSETS = {"characters": ("fox", "owl"), "props": ("lantern",)}
SHOT_TASKS = ("Layout", "Animation", "Lighting", "Compositing")
ASSET_TASKS = ("Modeling", "Lookdev", "Rigging")
SHOT_PRODUCTS = (("render", "exr"), ("plate", "exr"), ("review", "mov"))
ASSET_PRODUCTS = (("model", "abc"), ("look", "ma"))


def film_id(*names: object) -> str:
    """The id of a thing of the film: the same in every run."""
    return uuid5(NAMESPACE_URL, "/".join(map(str, names))).hex


@dataclass
class Shoot:
    """Makes one project; each thing is made a second after the one before."""

    name: str
    code: str
    shots: Mapping[str, Sequence[str]]
    """Sequence → its shots."""

    def project(self) -> Project:
        """The project, its entities, links and a list."""
        self._seconds = count()
        made = self._moment()
        self._project = Project(
            name=self.name,
            code=self.code,
            created_at=made,
            updated_at=made,
            attrib=project_defaults(),
            anatomy=anatomy(),
        )
        for top, groups, kind, tasks, products in (
            ("assets", ASSETS, "Asset", ASSET_TASKS, ASSET_PRODUCTS),
            ("shots", self.shots, "Shot", SHOT_TASKS, SHOT_PRODUCTS),
        ):
            root = self._folder(top, None, "Folder")
            for group, names in groups.items():
                above = self._folder(group, root, "Sequence" if kind == "Shot" else "Folder")
                for number, name in enumerate(names):
                    folder = self._folder(name, above, kind)
                    if kind == "Shot":
                        folder.attrib = {"frameStart": 1001, "frameEnd": 1024 + 12 * number}
                    work = [self._task(each, folder) for each in tasks]
                    for product, extension in products:
                        self._publish(folder, work[-1], product, extension)
        self._assign()
        self._connect()
        return self._project

    def _moment(self) -> datetime:
        return BEGIN + timedelta(seconds=next(self._seconds), microseconds=1)

    def _id(self, *names: object) -> str:
        return film_id(self.name, *names)

    def _stamp(self, who: str) -> dict[str, Any]:
        moment = self._moment()
        return {
            "created_at": moment,
            "updated_at": moment,
            "created_by": who,
            "updated_by": who,
        }

    def _folder(self, name: str, above: Folder | None, kind: str) -> Folder:
        return self._project.add(
            Folder(
                id=self._id("folder", above.id if above else "", name),
                name=name,
                folder_type=kind,
                parent_id=above.id if above else None,
                status="In progress",
                **self._stamp("admin"),
            )
        )

    def _task(self, kind: str, folder: Folder) -> Task:
        return self._project.add(
            Task(
                id=self._id("task", folder.id, kind),
                name=kind.lower(),
                task_type=kind,
                folder_id=folder.id,
                status="Ready to start",
                **self._stamp("admin"),
            )
        )

    def _publish(self, folder: Folder, task: Task, kind: str, extension: str) -> None:
        product = self._project.add(
            Product(
                id=self._id("product", folder.id, kind),
                name=f"{kind}Main",
                folder_id=folder.id,
                product_type=kind,
                product_base_type=kind,
                status="Not ready",
                **self._stamp("artist"),
            )
        )
        numbers = (1, 2, -2) if kind in {"render", "model"} else (1, 2)
        for number in numbers:
            self._version(folder, task, product, number, extension)

    def _version(
        self, folder: Folder, task: Task, product: Product, number: int, extension: str
    ) -> None:
        version = self._project.add(
            Version(
                id=self._id("version", product.id, number),
                version=number,
                product_id=product.id,
                task_id=task.id,
                author="artist",
                status="Approved" if number < 2 else "Pending review",
                attrib={"comment": f"publish {number}", "families": [product.product_type]},
                **self._stamp("artist"),
            )
        )
        file_name = f"{self.code}_{folder.name}_{product.name}_{version.name}.{extension}"
        place = f"{self.name}/publish/{product.product_type}/{product.name}/{version.name}"
        self._project.add(
            Representation(
                id=self._id("representation", version.id, extension),
                name=extension,
                version_id=version.id,
                status="Approved",
                files=[
                    {
                        "id": self._id("file", version.id, extension),
                        "name": file_name,
                        "path": f"{{root[work]}}/{place}/{file_name}",
                        "size": 1_000_000 + number * 4096,
                        "hash": self._id("hash", version.id, extension),
                        "hashType": "op3",
                    }
                ],
                attrib={
                    "path": f"/mnt/share/projects/{place}/{file_name}",
                    "template": "{root[work]}/{project[name]}/{path}",
                    "extension": extension,
                },
                data={
                    "context": {
                        "project": {"name": self.name, "code": self.code},
                        "folder": {"name": folder.name},
                        "product": {"name": product.name, "type": product.product_type},
                        "task": {"name": task.name, "type": task.task_type},
                        "version": number,
                        "representation": extension,
                        "ext": extension,
                        "root": {"work": "/mnt/share/projects"},
                    }
                },
                **self._stamp("artist"),
            )
        )

    def _assign(self) -> None:
        for task in self._project.tasks.values():
            if task.task_type == "Animation":
                task.assignees = ["artist"]
                self._workfile(task)
        lit = next(t for t in self._project.tasks.values() if t.task_type == "Lighting")
        lit.assignees = ["lighter"]

    def _workfile(self, task: Task) -> None:
        path = f"{{root[work]}}/{self.name}/scenes/{task.folder_id}/{task.name}_v001.ma"
        self._project.add(
            Workfile(
                id=self._id("workfile", task.id),
                path=path,
                task_id=task.id,
                status="In progress",
                attrib={"extension": "ma"},
                **self._stamp("artist"),
            )
        )

    def _connect(self) -> None:
        project = self._project
        names = {p.id: p.name for p in project.products.values()}
        models = [v for v in project.versions.values() if names[v.product_id] == "modelMain"]
        renders = [v for v in project.versions.values() if names[v.product_id] == "renderMain"]
        for render in renders:
            for model in models:
                if model.version == render.version == 2:
                    self._link("reference", "version", model.id, render.id)
        shots = [f for f in project.folders.values() if f.folder_type == "Shot"]
        fox = next(f for f in project.folders.values() if f.name == "fox")
        for shot in shots:
            self._link("breakdown", "folder", fox.id, shot.id)
        self._dailies([each for each in renders if each.version == 2])

    def _link(self, kind: str, entity_type: EntityType, input_id: str, output_id: str) -> None:
        link_id = self._id("link", kind, input_id, output_id)
        self._project.links[link_id] = Link(
            id=link_id,
            link_type=kind,
            input_type=entity_type,
            output_type=entity_type,
            input_id=input_id,
            output_id=output_id,
            author="artist",
            created_at=self._moment(),
            creation_order=len(self._project.links) + 1,
        )

    def _dailies(self, versions: list[Version]) -> None:
        items = [
            ListItem(
                id=self._id("item", each.id),
                entity_id=each.id,
                position=position,
                **self._stamp("admin"),
            )
            for position, each in enumerate(versions)
        ]
        dailies = EntityList(
            id=self._id("list", "dailies"),
            label="Dailies",
            entity_type="version",
            data={"count": len(items)},
            items=items,
            owner="admin",
            creation_order=1,
            **self._stamp("admin"),
        )
        self._project.lists[dailies.id] = dailies
