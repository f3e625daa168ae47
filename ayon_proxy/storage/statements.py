"""The statements of the response index, built once."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, cast, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from ayon_proxy.storage.prepared import Prepared
from ayon_proxy.storage.tables import blob, meta, response, tag, tally

FOUND = Prepared(
    select(
        response.c.status,
        response.c.fields,
        response.c.size,
        response.c.inline,
        response.c.digest,
        response.c.tags,
        response.c.begun_seq,
        response.c.requested_at,
        response.c.received_at,
        response.c.url,
    ).where(response.c.cache_key == bindparam("key"))
)
DIGEST_OF = Prepared(select(response.c.digest).where(response.c.cache_key == bindparam("key")))

_put = insert(response).values(
    {column.name: bindparam(column.name) for column in response.columns if column.name != "id"}
)
PUT = Prepared(
    _put.on_conflict_do_update(
        index_elements=["cache_key"],
        set_={
            column.name: _put.excluded[column.name]
            for column in response.columns
            if column.name not in {"id", "cache_key"}
        },
    )
)
PUT_BLOB = Prepared(insert(blob).on_conflict_do_nothing())

FRESHEN = Prepared(
    update(response)
    .where(response.c.cache_key == bindparam("key"))
    .values(received_at=bindparam("at"), begun_seq=bindparam("seq"))
)
TOUCH = Prepared(
    update(response)
    .where(response.c.cache_key == bindparam("key"))
    .values(last_used_at=bindparam("at"))
)
DIGESTS_OF = (
    select(response.c.digest)
    .distinct()
    .where(
        response.c.cache_key.in_(bindparam("keys", expanding=True)), response.c.digest.is_not(None)
    )
)
FORGET = delete(response).where(response.c.cache_key.in_(bindparam("keys", expanding=True)))
DROP_UNUSED_BLOBS = delete(blob).where(
    blob.c.digest.in_(bindparam("digests", expanding=True)),
    ~select(response.c.id).where(response.c.digest == blob.c.digest).exists(),
)
REFERENCED = (
    select(response.c.digest)
    .distinct()
    .where(response.c.digest.in_(bindparam("digests", expanding=True)))
)

_invalidate = insert(tag).values({column.name: bindparam(column.name) for column in tag.columns})
INVALIDATE = Prepared(
    _invalidate.on_conflict_do_update(
        index_elements=["tag_hash"],
        set_={
            name: func.max(tag.c[name], _invalidate.excluded[name])
            for name in ("invalidated_seq", "lasting")
        },
    )
)
INVALIDATIONS = Prepared(
    select(tag.c.tag_hash, tag.c.invalidated_seq).where(tag.c.lasting == bindparam("lasting"))
)
# A range of keys each time: what stays is passed over once, and no index has to be kept for it.
TAGS_FROM = Prepared(
    select(tag.c.tag_hash)
    .where(tag.c.tag_hash >= bindparam("first"))
    .order_by(tag.c.tag_hash)
    .limit(bindparam("number"))
)
FORGET_TAGS = Prepared(
    delete(tag).where(
        tag.c.tag_hash >= bindparam("first"),
        tag.c.tag_hash <= bindparam("last"),
        tag.c.invalidated_seq <= bindparam("floor"),
        tag.c.lasting == bindparam("lasting"),
    )
)
_reach = insert(meta).values(key=bindparam("key"), value=bindparam("seq"))
REACH = Prepared(
    _reach.on_conflict_do_update(
        index_elements=["key"],
        set_={"value": _reach.excluded.value},
        where=cast(_reach.excluded.value, BigInteger) > cast(meta.c.value, BigInteger),
    )
)

TALLY = select(tally.c.number, tally.c.bytes).order_by(tally.c.of)
"""Of `blob`, then of `response`."""
