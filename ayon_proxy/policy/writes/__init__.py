"""What a write through the proxy makes wrong, told from the request alone (promise G1).

A write is the events that it will cause, and what upstream changes without one (server.md 1.3 to
1.5). The TABLE is `entities`, `conversation`, `projects`, `identity` and `studio`, a row for each
request of the API that may change something; `tags_of_write` reads one request by it. Where a row
looks into the body: `changes` says what each field of an entity causes.

A request seldom tells the parent of what it changes. Then all lists of the type under any parent
fall (`listed:`, `filtered:`), and where it does not tell the entity, all that shows its type
(`cascade:`). What cannot be read at all invalidates all answers of its project.
"""
