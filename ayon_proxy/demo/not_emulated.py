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
    "mutations/activities/delete an unattached*": "upstream remembers file headers for 20 s",
    "mutations/addons/*launcher action": "no addon here has actions",
    "mutations/addons/GET actions/take*": "no addon here has actions",
    "mutations/addons/create a bundle whose core*": "no addon here needs a launcher version",
    "mutations/addons/install from a URL*": "nothing is downloaded",
    "mutations/addons/project bundle *freeze (*": "no addon here may be frozen for a project",
    "mutations/auth/wrong api key": "one wording for unknown and for remembered wrong keys",
    "mutations/links/create link type*": "upstream's project cache lags behind",
    "mutations/projects/PUT project (bare create)*": "upstream's file and line are not shown",
    "mutations/projects/project bundle freeze*": "link types are listed as they were sent",
    "mutations/projects/rename a status (POST*": "upstream's folder list lags behind (1.6)",
    "mutations/projects/update project attrib*": "upstream's folder list lags behind (1.6)",
    "mutations/reviewables/delete a reviewable*": "media are not probed",
    "mutations/reviewables/rename a reviewable*": "media are not probed",
    "mutations/reviewables/sort reviewables*": "media are not probed",
    "mutations/reviewables/upload a second*": "media are not probed",
    "mutations/reviewables/upload reviewable jpeg*": "media are not probed",
    "mutations/reviewables/upload reviewable of a bad*": "media are not probed",
    "mutations/settings/project settings of a site*": "site overrides of projects are not read",
    "mutations/settings/site settings of the artist*": "upstream's settings cache lags behind",
    "mutations/versions/create version 1*": "upstream's folder list lags behind (1.6)",
    "mutations/versions/update version: thumbnailId*": "upstream's version list lags behind (1.5)",
    "mutations/versions/update version: version num*": "upstream's version list lags behind (1.5)",
    "schema/*Node.Folder: FolderNode": "upstream shows a private field by mistake",
    "schema/WorkfileNode.Parents: *": "upstream shows a private field by mistake",
    "schema/EntityListItemEdge.Entity: BaseNode": "upstream shows a private field by mistake",
    "schema/EntityListItemEdge.Forbidden: *": "upstream shows a private field by mistake",
}
