"""What the demo server does not do as the real one does, and why.

The replay tests read this: a recorded request that is answered differently must match a pattern
(`http/<record>`, `mutations/<family>/<name>`), as must what the recorded schema has and ours has
not (`schema/<Type.field: Type>`). A pattern that excuses nothing fails the test, so the list may
only shrink.
"""

from __future__ import annotations

from collections.abc import Mapping

NOT_EMULATED: Mapping[str, str] = {
    "http/access_groups-001[789]": "the schema is derived from values: no titles or definitions",
    "http/config-0011": "the schema is derived from values: no titles or definitions",
    "http/config-0024": "metrics: nothing about load, events or settings",
    "http/config-003[45]": "no CSV",
    "http/connection-0058": "a token is not remembered for having been tried as an API key",
    "http/connection-0072": "the schema is derived from values: no titles or definitions",
    "http/projects-009[67]": "the built-in anatomy is a smaller one",
    "http/graphql_frontend-0014": "an inbox's cursors count references, here activities",
    "http/graphql_frontend-0039": "an inbox's cursors count references, here activities",
    "http/graphql_projects-0023": "introspection shows no descriptions and no default nulls",
    "schema/*Node.Folder: FolderNode": "upstream shows a private field by mistake",
    "schema/WorkfileNode.Parents: *": "upstream shows a private field by mistake",
    "schema/EntityListItemEdge.Entity: BaseNode": "upstream shows a private field by mistake",
    "schema/EntityListItemEdge.Forbidden: *": "upstream shows a private field by mistake",
}
