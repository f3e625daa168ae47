"""The statements of the response index and of intents, built once."""

from __future__ import annotations

from sqlalchemy import BigInteger, LargeBinary, bindparam, cast, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from ayon_proxy.storage.prepared import Prepared
from ayon_proxy.storage.tables import blob, intent, invalidation, meta, response, tally

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
BEGUN_OF = Prepared(select(response.c.begun_seq).where(response.c.cache_key == bindparam("key")))
MOVE = Prepared(
    update(response)
    .where(response.c.cache_key == bindparam("key"))
    .values(cache_key=bindparam("to"))
)

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
_from_the_future = (
    select(response.c.id)
    .where(response.c.last_used_at > bindparam("now"))
    .limit(bindparam("number"))
)
USED_BY = Prepared(
    update(response)
    .where(response.c.id.in_(_from_the_future))
    .values(last_used_at=bindparam("now"))
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

_invalidate = insert(invalidation).values(
    {column.name: bindparam(column.name) for column in invalidation.columns}
)
INVALIDATE = Prepared(
    _invalidate.on_conflict_do_update(
        index_elements=["lasting", "seq"],
        # SQLite joins bytes as they are, but calls the result a text.
        set_={"tags": cast(invalidation.c.tags.concat(_invalidate.excluded.tags), LargeBinary)},
    )
)
INVALIDATIONS = Prepared(
    select(invalidation.c.lasting, invalidation.c.seq, invalidation.c.tags).order_by(
        invalidation.c.lasting, invalidation.c.seq
    )
)
_oldest = (
    select(invalidation.c.seq)
    .where(invalidation.c.lasting == bindparam("lasting"), invalidation.c.seq <= bindparam("floor"))
    .order_by(invalidation.c.seq)
    .limit(bindparam("number"))
)
FORGET_INVALIDATIONS = Prepared(
    delete(invalidation).where(
        invalidation.c.lasting == bindparam("lasting"), invalidation.c.seq.in_(_oldest)
    )
)
_reach = insert(meta).values(key=bindparam("key"), value=bindparam("number"))
REACH = Prepared(
    _reach.on_conflict_do_update(
        index_elements=["key"],
        set_={"value": _reach.excluded.value},
        where=cast(_reach.excluded.value, BigInteger) > cast(meta.c.value, BigInteger),
    )
)

_open = insert(intent).values(intent=bindparam("intent"), tags=bindparam("tags"))
OPEN_INTENT = Prepared(
    _open.on_conflict_do_update(
        index_elements=["intent"],
        # SQLite joins bytes as they are, but calls the result a text.
        set_={"tags": cast(intent.c.tags.concat(_open.excluded.tags), LargeBinary)},
    )
)
CLOSE_INTENT = Prepared(delete(intent).where(intent.c.intent == bindparam("name")))

TALLY = select(tally.c.number, tally.c.bytes).order_by(tally.c.of)
"""Of `blob`, then of `response`."""
