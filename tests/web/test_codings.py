"""The codings that clients are offered, each undone again by an implementation that clients use."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3 import HTTPResponse

from ayon_proxy.web.codings import CODINGS

EACH = pytest.mark.parametrize(("coding", "compress"), CODINGS, ids=["zstd", "br", "gzip"])

Compress = Callable[[bytes], bytes]

TEXT = b'{"id":"%032x","name":"sh%04d","status":"In progress","attrib":{"fps":25}},'
ANSWER = b"[" + b"".join(TEXT % (number**9, number) for number in range(600)) + b"null]"


def undone(coding: bytes, content: bytes) -> bytes:
    """What urllib3 makes of it, under requests and `ayon-python-api`."""
    fields = {"content-encoding": coding.decode()}
    return HTTPResponse(io.BytesIO(content), fields).data


@EACH
@settings(max_examples=40)
@given(content=st.binary(max_size=3000))
def test_what_was_coded_is_undone_byte_for_byte(
    coding: bytes, compress: Compress, content: bytes
) -> None:
    assert undone(coding, compress(content)) == content


@EACH
def test_an_answer_becomes_much_shorter(coding: bytes, compress: Compress) -> None:
    coded = compress(ANSWER)
    assert undone(coding, coded) == ANSWER
    assert len(coded) < 0.4 * len(ANSWER)


@EACH
def test_the_same_bytes_give_the_same_bytes(coding: bytes, compress: Compress) -> None:
    assert compress(ANSWER) == compress(ANSWER)


def test_the_best_is_offered_first() -> None:
    assert [coding for coding, _ in CODINGS] == [b"zstd", b"br", b"gzip"]


def test_httpx_undoes_what_it_asks_for() -> None:
    made = dict(CODINGS)
    for coding in (b"br", b"gzip"):
        fields = {"content-encoding": coding.decode()}
        assert httpx.Response(200, headers=fields, content=made[coding](ANSWER)).content == ANSWER
    assert gzip.decompress(made[b"gzip"](ANSWER)) == ANSWER
