"""TLS to clients: the certificate that they are shown, on http and websockets alike."""

from __future__ import annotations

import ssl

from ayon_proxy.settings import Server
from ayon_proxy.upstream.tls import load_authorities, load_pair


def serving_context(server: Server) -> ssl.SSLContext | None:
    """None where no certificate is set. TLS 1.2 at least. Raises CannotStart."""
    if server.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    password = server.tls_key_password_file
    load_pair(
        context,
        server.tls_certificate,
        server.tls_key,
        "server.tls",
        None if password is None else password.key.get_secret_value(),
    )
    return context


def asking_context(server: Server) -> ssl.SSLContext | None:
    """For the machine's own questions, by an address that no certificate names: trusts this one
    alone, whatever name it is for. None where no certificate is set. Raises CannotStart."""
    if server.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    load_authorities(context, server.tls_certificate, "server.tls_certificate")
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
