"""A small project for a real server, made by its API: so that there is something to work on."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

SEQUENCES, SHOTS, TASKS = 2, 3, ("Layout", "Animation", "Lighting")


async def furnish(client: httpx.AsyncClient, project: str) -> str:
    """Create the project with folders, tasks, products, versions and so on; a root folder's id.

    Raises httpx.HTTPStatusError when the server refuses.
    """
    preset = (await client.get("/api/anatomy/presets/_")).json()
    # Like the demo server's: what the table of writes knows.
    wanted: tuple[str, ...] = ("Not ready", "Ready to start", "In progress", "Pending review")
    wanted += ("Approved", "On hold", "Omitted")
    known = {each["name"]: each for each in preset["statuses"]}
    preset["statuses"] = [
        known.get(name, {"name": name, "shortName": name[:3].upper()}) for name in wanted
    ]
    code = project[-6:]
    made = await client.post(
        "/api/projects", json={"name": project, "code": code, "anatomy": preset}
    )
    made.raise_for_status()
    operations, root = _operations()
    answer = await client.post(
        f"/api/projects/{project}/operations",
        json={"operations": operations, "waitForEvents": True},
    )
    answer.raise_for_status()
    result = answer.json()
    assert result["success"], [each for each in result["operations"] if not each["success"]]
    kind = {"data": {"color": "#ffffff"}}
    link = f"/api/projects/{project}/links/types/reference|version|version"
    (await client.put(link, json=kind)).raise_for_status()
    return root


def _operations() -> tuple[list[dict[str, Any]], str]:
    made: list[dict[str, Any]] = []

    def create(entity_type: str, **data: Any) -> str:
        entity_id = uuid4().hex
        made.append(
            {"type": "create", "entityType": entity_type, "entityId": entity_id, "data": data}
        )
        return entity_id

    root = create("folder", name="shots", folderType="Folder")
    for number in range(SEQUENCES):
        sequence = create("folder", name=f"sq{number}", folderType="Sequence", parentId=root)
        for place in range(SHOTS):
            shot = create("folder", name=f"sh{place}", folderType="Shot", parentId=sequence)
            tasks = [
                create("task", name=each.lower(), taskType=each, folderId=shot) for each in TASKS
            ]
            create("workfile", path=f"/{shot}.ma", taskId=tasks[0])
            for kind in ("render", "plate"):
                product = create("product", name=f"{kind}Main", folderId=shot, productType=kind)
                for version in (1, 2):
                    published = create(
                        "version", version=version, productId=product, taskId=tasks[-1]
                    )
                    create("representation", name="exr", versionId=published)
    return made, root
