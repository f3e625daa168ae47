"""TABLE: projects. Their events tell little: mostly a name and that something changed (1.4)."""

from __future__ import annotations

from ayon_proxy.policy.invalidation.topic import Topic

TOPICS = (
    Topic(
        "entity.project.created|deleted",
        ("project:{project}", "studio"),
        "projects/create project; projects/delete project; 1.5 project delete: access groups",
        settling=("project:{project}", "studio"),
    ),
    Topic(
        "entity.project.renamed",
        ("project:{name}", "answers"),
        "projects/rename project: the event has the old name only",
        settling=("project:{name}", "answers"),
    ),
    Topic(
        "entity.project.changed",
        ("answers:{project}", "projects"),
        "projects/update project library=true: the only event; 1.4 too poor",
        settling=("answers:{project}", "projects"),
    ),
    Topic(
        "entity.project.attrib_changed",
        ("inherited:{project}", "projects"),
        "projects/update project attrib: inherited by all folders and tasks",
        settling=("inherited:{project}", "projects"),
    ),
    Topic(
        "entity.project."
        "config_changed|statuses_changed|tags_changed|folder_types_changed|task_types_changed",
        (
            "vocabulary:{project}",
            "derived:{project}:product",
            "derived:{project}:version",
            "projects",
            "sites",
        ),
        "projects/rename a status (POST anatomy, original_name): all entities follow; "
        "projects/set anatomy: root path changed; 1.5 anatomy status state: featuredVersion of "
        "products, isLatestDone of versions",
        settling=("vocabulary:{project}", "type:{project}:folder", "projects", "sites"),
    ),
    Topic(
        "entity.project.label_changed|data_changed|active_changed",
        ("projects", "bundles"),
        "projects/update project label and data; projects/update project active=false",
        settling=("projects", "bundles"),
    ),
    Topic(
        "entity.project_skeleton.*",
        ("project:{project}", "projects"),
        "1.2",
        settling=("project:{project}", "projects"),
    ),
)
