"""The canonical key of a question: equal for two bodies that upstream answers alike by all rules.

Only sure things are equal. Two spellings of one question that nobody sends may well differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from ayon_proxy.policy.graphql.body import Body, Json
from ayon_proxy.policy.graphql.document import Document
from ayon_proxy.policy.graphql.encoding import framed, text_bytes
from ayon_proxy.policy.graphql.set_arguments import in_set_order

_VERSION = b"1"
"""To be changed with the meaning of a key, the table of sets included."""


def key(document: Document, body: Body) -> bytes:
    """32 bytes."""
    return sha256(b"".join(map(framed, _parts(document, body)))).digest()


def _parts(document: Document, body: Body) -> Iterator[bytes]:
    yield _VERSION
    yield document.digest
    used = set()
    for slot in document.slots:
        used.add(slot.name)
        if slot.name not in body.variables:
            yield b""  # which is not null, and leaves the default
            continue
        value = body.variables[slot.name]
        if slot.in_set and isinstance(value, list):
            value = list(in_set_order(value))
        yield _json(value)
    # What is sent for variables that nothing uses, or that aren't declared.
    for name in sorted(body.variables.keys() - used):
        yield text_bytes(name) + _json(body.variables[name])
    yield b"others"
    for name, written in body.others:
        yield text_bytes(name) + text_bytes(written)


def _json(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
