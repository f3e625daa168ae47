"""Whom we trust: the certificates that the machine's own programs trust."""

from __future__ import annotations

import ssl

import truststore


def tls_context() -> ssl.SSLContext:
    """A context that checks upstream's certificate against the trust store of the system.

    A studio's private authority that is installed on the machine needs no further setting. On
    Linux, OpenSSL's SSL_CERT_FILE and SSL_CERT_DIR are honoured.
    """
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
