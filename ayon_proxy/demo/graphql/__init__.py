"""GraphQL of the demo server: what AYON's clients ask of `POST /graphql`, with its quirks.

    endpoint ─► schema ─► projects, events, users, inbox, kanban          the root fields
                            └─► folders, tasks, products, versions, …     connections: which nodes
                                  └─► entity_fields, activity_fields, …   fields: what a node says

The schema is written in `sdl/` and completed by `schema`: connections, edges and attribute types
are made there. A connection is rows chosen by `filters` (and `query_filter`), then cut and given
cursors by `paging`. Facts are in server.md 6, clients.md 3 and the corpus.

Left out, besides what `not_emulated` lists: guests are shown nothing, and statistics of columns
(`fieldStats`, `columnMetadata`) are empty.
"""
