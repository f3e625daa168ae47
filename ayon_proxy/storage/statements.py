"""The statements of the response index, built once."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, cast, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from ayon_proxy.storage.meta import HIGHEST_SEQ
from ayon_proxy.storage.tables import blob, meta, response, tag

FOUND = select(
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

PUT = insert(response)
PUT = PUT.on_conflict_do_update(
    index_elements=["cache_key"],
    set_={
        column.name: PUT.excluded[column.name]
        for column in response.columns
        if column.name not in {"id", "cache_key"}
    },
)
PUT_BLOB = insert(blob).on_conflict_do_nothing()

FRESHEN = (
    update(response)
    .where(response.c.cache_key == bindparam("key"))
    .values(received_at=bindparam("at"), begun_seq=bindparam("seq"))
)
TOUCH = (
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

INVALIDATE = insert(tag)
INVALIDATE = INVALIDATE.on_conflict_do_update(
    index_elements=["tag_hash"],
    set_={"invalidated_seq": func.max(tag.c.invalidated_seq, INVALIDATE.excluded.invalidated_seq)},
)
REACH = insert(meta).values(key=HIGHEST_SEQ)
REACH = REACH.on_conflict_do_update(
    index_elements=["key"],
    set_={"value": REACH.excluded.value},
    where=cast(REACH.excluded.value, BigInteger) > cast(meta.c.value, BigInteger),
)

RESPONSES = select(func.count(), func.coalesce(func.sum(response.c.size), 0)).select_from(response)
BLOBS = select(func.count(), func.coalesce(func.sum(blob.c.size), 0)).select_from(blob)
