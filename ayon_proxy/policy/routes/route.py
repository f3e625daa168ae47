"""What a row of the route table says, and what kinds of rows there are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ayon_proxy.policy.lifetimes import NONE, Lifetimes


class Kind(Enum):
    """What the proxy does with a request that matches the row."""

    STORE = "store"
    """A safe read: stored as a whole and given from the store while fresh."""

    FILE = "file"
    """A safe read of a file: as STORE, and ranges are ours to answer, whatever upstream does."""

    QUESTION = "question"
    """A GraphQL question: what its answer depends on and how long it lives is in the question and
    the answer (`policy.shown`)."""

    RESOLVE = "resolve"
    """A batch of questions in one POST, each stored on its own."""

    PASS = "pass"
    """Forwarded and never stored; `reason` says why."""

    WRITE = "write"
    """Forwarded once, never stored; `policy.writes` says what it makes wrong."""


class Share(Enum):
    """Who else may be given what was stored for one caller (upstream/server.md 4.3).

    It says what upstream makes an answer of, not who may see it: that those others may is proved
    by their own credentials. An error is never shared, and guests share nothing.
    """

    USER = "user"
    """Nobody: it depends on who asks, or upstream's closed builds may make it so (4.1)."""

    SIGNED_IN = "signed in"
    """The same bytes for every signed-in user but guests; also for what needs no credential."""

    LEVEL = "level"
    """The same for all users of one level: admins and services, managers, or the others."""

    PROJECT = "project"
    """The same for all who have the same effective permissions in the project that the path names;
    managers, admins and services are one."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row. Patterns name path segments in braces; `{rest:path}` takes all that is left.

    `tags` are templates over the pattern's names ("entity:{folder_id}"); the value of `{project}`
    is lower-cased, as AYON matches it. `vary` are request fields that change the answer and are
    part of the cache key. What a request makes wrong stands in `policy.writes`, for PASS rows too.
    """

    methods: tuple[str, ...]
    pattern: str
    kind: Kind
    lifetimes: Lifetimes = NONE
    tags: tuple[str, ...] = ()
    vary: tuple[str, ...] = ()
    reason: str = ""
    safe: bool | None = None
    """Whether sending it twice does no harm; None: as its method says (RFC 9110 section 9.2.1)."""
    ends_session: bool = False
    """After it upstream knows the caller's credential no longer."""
    follow_redirects: bool = False
    named_by_id: bool = False
    """For files whose id never stands for other bytes: validated without an entity tag, too."""
    listed_in: str | None = None
    """For files with a checksum: the path of the list upstream publishes it in."""
    media: str = ""
    """The media type that an answer must be of to be stored, or the beginning of it ("image/");
    empty where it can be any but a page in the place of a file."""
    redact: tuple[str, ...] = ()
    """Dotted paths of JSON values that are never stored (`data.password`)."""
    share: Share = Share.USER
    """To be read by `policy.sharing`, which knows what else decides."""
    own_site: bool = False
    """With a site named in the query, what is answered are the asking user's settings there."""
