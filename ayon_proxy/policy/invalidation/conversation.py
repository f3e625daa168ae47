"""TABLE: activities, reviewables, thumbnails, links and entity lists.

Events of links, lists and changed activities are sent before their transaction is committed (1.2),
so that an answer fetched at once may still be the old one.
"""

from __future__ import annotations

from ayon_proxy.policy.invalidation.topic import Topic

FEED = ("activities:{reference}", "type:{project}:activity")
"""`{reference}`: every entity that the activity is shown at."""

TOUCHED = ("type:{project}:{touched}", "filtered:{project}:{touched}")
"""Lists that show when an entity of that type was last changed, or are sorted by it: a comment
moves that time, and its event names no parent."""

REVIEWABLES = (
    "derived:{project}:folder",
    "derived:{project}:task",
    "derived:{project}:version",
    "derived:{project}:product",
)
"""`hasReviewables` and thumbnails taken from reviewables."""

LINKS = ("links:{linked}", "type:{project}:link")
LIST = ("list:{list}", "type:{project}:list")

TOPICS = (
    Topic(
        "activity.created",
        (*FEED, "entity:{origin}", *TOUCHED, "inbox"),
        "activities/create comment that mentions the artist: the task's updatedAt moves",
        settling=FEED,
    ),
    Topic(
        "activity.updated|deleted",
        (*FEED, *REVIEWABLES, "inbox"),
        "activities/update comment; reviewables/delete a reviewable (its activity)",
        settling=(*FEED, *REVIEWABLES),
    ),
    Topic("inbox.message", ("inbox",), "activities/artist comments on a version"),
    Topic(
        "reviewable.created",
        ("entity:{version}", "activities:{version}", "type:{project}:activity", *REVIEWABLES),
        "reviewables/upload reviewable jpeg",
        settling=("type:{project}:folder", *REVIEWABLES),
    ),
    Topic(
        "thumbnail.updated",
        (
            "entity:{id}",
            "type:{project}:thumbnail",
            "type:{project}:folder",
            "derived:{project}:folder",
            "derived:{project}:task",
        ),
        "thumbnails/POST versions/{id}/thumbnail; thumbnails/replace the content of that thumbnail",
        settling=(
            "entity:{id}",
            "type:{project}:thumbnail",
            "type:{project}:folder",
            "derived:{project}:folder",
            "derived:{project}:task",
        ),
    ),
    Topic(
        "link.created|deleted",
        LINKS,
        "links/create link; links/delete link",
        settling=LINKS,
    ),
    Topic("links.created", LINKS, "links/create links in bulk", settling=LINKS),
    Topic(
        "entity_list.created|changed|deleted",
        LIST,
        "lists/create list with items; lists/add item; lists/delete list",
        settling=LIST,
    ),
)
