"""What the answers of a row carry, said in the words of the table of tags (`carried`)."""

from __future__ import annotations

from collections.abc import Mapping

from ayon_proxy.policy.invalidation.carried import (
    OF_PROJECTS,
    OF_THE_STUDIO,
    OF_UNKNOWN_REACH,
    Carried,
)

_ROWS: Mapping[str, Carried] = {**OF_PROJECTS, **OF_THE_STUDIO, **OF_UNKNOWN_REACH}


def carries(*facts: str, of: str = "", asked: str = "", listed: str = "") -> tuple[str, ...]:
    """The tags that answers carry of which these rows of `carried` are true.

    They are templates over the names of a row's pattern. `of` is the type that is shown: one of
    AYON's, or a name of the pattern in braces. `asked` is the name of the one entity that the path
    asks for, which is the only one that can be told without looking into the answer; `listed` is
    that of an entity list. Raises KeyError for a row that is not there or a tag that needs more.
    """
    given = {"project": "{project}"}
    given |= {"type": of} if of else {}
    given |= {"asked": f"{{{asked}}}", "shown": f"{{{asked}}}"} if asked else {}
    given |= {"list": f"{{{listed}}}"} if listed else {}
    tags = (tag.format_map(given) for fact in facts for tag in _ROWS[fact].tags)
    return tuple(dict.fromkeys(tags))
