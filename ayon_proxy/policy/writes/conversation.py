"""TABLE: writes to activities, watchers, files, reviewables, links and entity lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ayon_proxy.policy.invalidation.conversation import REVIEWABLES
from ayon_proxy.policy.invalidation.event import entity_id
from ayon_proxy.policy.writes.entities import THUMBNAIL_ABOVE
from ayon_proxy.policy.writes.row import Change, Write

_PROJECT = "/api/projects/{project}"

FEEDS = ("type:{project}:activity", "cascade:{project}:activity")
"""Where an activity is shown is not told: at all that it mentions, and above."""

LISTS = ("type:{project}:list", "cascade:{project}:list")
ALL_LINKS = ("type:{project}:link", "cascade:{project}:link")

COMMENTED = ("filtered:{project}:{type}", "type:{project}:{type}")
"""Sorted by `updatedAt`, which a comment moves (1.5)."""


def _linked(names: Mapping[str, str], body: Any, _: Collection[str]) -> Sequence[Change] | None:
    """One link: both its ends."""
    ends = _ends([body])
    values = {"project": (names["project"],), "linked": ends or ()}
    return None if ends is None else (Change(("link.created",), values),)


def _linked_in_bulk(
    names: Mapping[str, str], body: Any, _: Collection[str]
) -> Sequence[Change] | None:
    ends = _ends(body.get("links") if isinstance(body, dict) else None)
    values = {"project": (names["project"],), "linked": ends or ()}
    return None if ends is None else (Change(("links.created",), values),)


def _ends(links: Any) -> tuple[str, ...] | None:
    """Both ends of every link; None when one is not told."""
    if not isinstance(links, list) or not all(isinstance(each, dict) for each in links):
        return None
    ends = [each.get(end) for each in links for end in ("input", "output")]
    told = [entity_id(each) for each in ends if isinstance(each, str)]
    return tuple(told) if len(told) == len(ends) else None


ROWS = (
    # Activities
    Write(
        "POST",
        f"{_PROJECT}/{{entity_type}}/{{entity_id}}/activities",
        (*FEEDS, *COMMENTED),
        "activities/create comment that mentions the artist; 1.5 comment: updatedAt, watchers",
        topics=("activity.created",),
    ),
    Write(
        "POST",
        f"{_PROJECT}/operations/activities",
        (
            *FEEDS,
            *REVIEWABLES,
            "answers:{project}",
            "inbox",
        ),
        "activities/send_activities_batch_operations: which entities is told of some only",
    ),
    Write(
        "PATCH",
        f"{_PROJECT}/activities/{{activity_id}}",
        (),
        "activities/update comment",
        topics=("activity.updated",),
    ),
    Write(
        "DELETE",
        f"{_PROJECT}/activities/{{activity_id}}",
        (),
        "activities/delete comment; reviewables/delete a reviewable (its activity)",
        topics=("activity.deleted",),
    ),
    Write(
        "POST",
        f"{_PROJECT}/activities/{{activity_id}}/reactions",
        FEEDS,
        "activities/reaction added: told by no stored event",
    ),
    Write(
        "DELETE",
        f"{_PROJECT}/activities/{{activity_id}}/reactions/{{reaction}}",
        FEEDS,
        "activities/reaction removed",
    ),
    Write(
        "POST",
        f"{_PROJECT}/{{entity_type}}/{{entity_id}}/watchers",
        ("activities:{id}", *FEEDS),
        "activities/set watchers; activities/remove a watcher: no event",
    ),
    Write("POST", "/api/inbox", ("inbox",), "1.3: read marks, without an event"),
    # Files. One that is deleted leaves the activities that hold it.
    Write(
        "POST",
        f"{_PROJECT}/files",
        (*FEEDS, *REVIEWABLES),
        "activities/comment with a file; 1.3 files",
    ),
    Write(
        "DELETE",
        f"{_PROJECT}/files/{{file_id}}",
        ("file:{file_id}", *FEEDS, *REVIEWABLES),
        "1.3 files: delete rewrites activities.data silently",
    ),
    # Reviewables. The first of a version becomes its thumbnail.
    Write(
        "POST",
        f"{_PROJECT}/versions/{{version_id}}/reviewables",
        (*FEEDS, *THUMBNAIL_ABOVE, "cascade:{project}:thumbnail", "type:{project}:folder"),
        "reviewables/upload reviewable jpeg; 1.3: a thumbnail if the version had none",
        topics=("reviewable.created",),
    ),
    Write(
        "PATCH",
        f"{_PROJECT}/versions/{{version_id}}/reviewables",
        ("entity:{version}", "cascade:{project}:thumbnail", *FEEDS, *REVIEWABLES),
        "reviewables/sort: no event",
    ),
    Write(
        "PATCH",
        f"{_PROJECT}/versions/{{version_id}}/reviewables/{{activity_id}}",
        ("entity:{version}", *FEEDS, *REVIEWABLES),
        "reviewables/label: no event",
    ),
    # Links
    Write(
        "POST",
        f"{_PROJECT}/links",
        (),
        "links/create link",
        reads=_linked,
        otherwise=ALL_LINKS,
    ),
    Write(
        "POST",
        f"{_PROJECT}/links/bulk",
        (),
        "links/create links in bulk",
        reads=_linked_in_bulk,
        otherwise=ALL_LINKS,
    ),
    Write("DELETE", f"{_PROJECT}/links/{{link_id}}", ALL_LINKS, "links/delete link"),
    Write(
        "PUT DELETE",
        f"{_PROJECT}/links/types/{{link_type}}",
        (*ALL_LINKS, "projects", "vocabulary:{project}"),
        "links/delete a link type: its links go, too; no event",
    ),
    # Entity lists
    Write("POST", f"{_PROJECT}/lists", LISTS, "lists/create list with items"),
    Write(
        "PATCH DELETE",
        f"{_PROJECT}/lists/{{list_id}}",
        ("list:{list_id}", *LISTS),
        "lists/delete list",
    ),
    Write(
        "PUT",
        f"{_PROJECT}/lists/{{list_id}}/attributes",
        ("list:{list_id}", *LISTS),
        "1.3: no event",
    ),
    Write(
        "POST PATCH",
        f"{_PROJECT}/lists/{{list_id}}/items",
        ("list:{list_id}", *LISTS),
        "lists/add item",
    ),
    Write(
        "PATCH DELETE",
        f"{_PROJECT}/lists/{{list_id}}/items/{{item_id}}",
        ("list:{list_id}", *LISTS),
        "lists/remove item",
    ),
    Write(
        "POST",
        f"{_PROJECT}/lists/{{list_id}}/order",
        ("list:{list_id}", *LISTS),
        "1.2 entity_list.changed",
    ),
    Write(
        "POST",
        f"{_PROJECT}/lists/{{list_id}}/materialize",
        ("list:{list_id}", *LISTS),
        "1.2 entity_list.changed",
    ),
    Write("POST", f"{_PROJECT}/entityListFolders", LISTS, "1.3: no event"),
    Write("POST", f"{_PROJECT}/entityListFolders/order", LISTS, "1.3: no event"),
    Write(
        "PATCH DELETE",
        f"{_PROJECT}/entityListFolders/{{folder_id}}",
        LISTS,
        "1.3: no event; the lists in it lose it",
    ),
)
