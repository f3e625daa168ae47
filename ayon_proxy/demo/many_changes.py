"""Thousands of changes at once, each with its event: what one who was away has to catch up with.

They are real ones: every task of a project gets another label, again and again. Made without
HTTP, since 10,000 requests would take a minute.
"""

from __future__ import annotations

from itertools import cycle

from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.people import Session
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.writes import changes
from ayon_proxy.demo.writes.edit import Edit

BATCH = 500
"""Changes of one transaction, as an operations request makes them."""


def relabel_tasks(studio: Studio, project: Project, times: int) -> None:
    """Make that many changes by the service, each announced. 10,000 take a second."""
    user = studio.users["service"]
    session = Session(token=SERVICE_KEY, user=user, created=0, last_used=0, is_api_key=True)
    caller = Caller(user=user, session=session)
    task_ids = cycle(list(project.tasks))
    for begun in range(0, times, BATCH):
        edit = Edit(studio, project, caller)
        for number in range(begun, min(begun + BATCH, times)):
            changes.change(edit, "task", next(task_ids), {"label": f"label {number}"})
        edit.announce()
