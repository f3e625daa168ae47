"""What makes a stored answer wrong: events of upstream → tags, and which reads carry those tags.

The TABLE is `entities`, `conversation`, `projects` and `studio`, a row a topic; `carried` is its
other half. `tags_of` reads one event by it. A tag says:

    entity:{id}               an answer shows this entity, or was asked for it
    members:{type}:{parent}   a list under a parent: something joined it, left it or changed names
    fields:{type}:{parent}    such a list, filtered or sorted: any change below that parent
    type:{project}:{type}     a list without a parent: any change of that type in the project
    cascade:{project}:{type}  every answer that shows or lists the type: an entity above was deleted
                              (upstream announces the root only), or one moved somewhere else
    derived:{project}:{type}  an answer shows what other types move: `updatedAt`, has-flags, counts,
                              latest and featured versions, thumbnails
    inherited:{project}       attributes are shown, which children inherit
    paths:{project}           paths are shown or matched, or decide who may see it
    vocabulary:{project}      names of statuses or types are shown
    assignments:{project}     what is shown depends on who is assigned to what
    links:{id}, list:{id}, activities:{id}   what hangs on an entity, or a list
    project:{project}, answers:{project}     all that belongs to a project; the same without files
    listed:{project}:{type}, filtered:{project}:{type}
                              carried beside members: and fields: for writes that do not tell the
                              parent of what they change
    any:{project}, any        nobody can tell what an answer shows: whatever invalidates anything
                              in the project, or anywhere
    schema                    attributes are shown, whose names and defaults upstream may change
    everything, answers, studio, and a tag for each class of studio answers

The parent of a root folder, and of a workfile without a task, is its project.
Activities, links, lists and thumbnails are types, too.
"""
