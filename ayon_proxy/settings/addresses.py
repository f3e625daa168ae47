"""Addresses as people write them: upstream's URL, where to listen, whom to trust."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_A_URL = "an AYON server's address is like https://ayon.studio.example"


def upstream_url(value: object) -> str:
    """The address of an AYON server. Raises ValueError."""
    return web_address(value, _A_URL)


def web_address(value: object, example: str) -> str:
    """An absolute http or https URL, without a slash at its end. Raises ValueError.

    `example` is a clause that shows a right one.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(example)
    url = value.strip()
    if re.search(r"[\s\x00-\x1f\\]", url):
        raise ValueError(f"{example}, with no blank in it")
    if "://" not in url:
        raise ValueError(f"it has no scheme: write https://{url.lstrip('/').rpartition('@')[2]}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"its host or port can't be read, {example}") from None
    faults = {
        f"its scheme must be http or https, not {parts.scheme}": (
            parts.scheme not in {"http", "https"}
        ),
        f"it names no host, {example}": not parts.hostname or port == 0,
        "it holds a user or password: leave off everything before the @": ("@" in parts.netloc),
        "it has a query or a fragment: leave off everything from the ? or # on": (
            "?" in url or "#" in url
        ),
    }
    for fault, found in faults.items():
        if found:
            raise ValueError(fault)
    try:
        (parts.hostname or "").encode("idna")
    except UnicodeError:
        raise ValueError(f"its host is no name that could be looked up, {example}") from None
    return url.rstrip("/")


def host(value: object) -> str:
    """A name or an address to listen at. Raises ValueError."""
    text = str(value).strip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    if ":" in text:
        try:
            return str(ipaddress.IPv6Address(text))
        except ValueError:
            raise ValueError(
                "a host is a name or an address alone: the port is a setting of its own"
            ) from None
    if _HOST_NAME.fullmatch(text) is None:
        raise ValueError("a host is a name or an address, like 127.0.0.1 or 0.0.0.0")
    return text


def port(value: object) -> int:
    """A port to listen at; 0 lets the system choose. Raises ValueError."""
    text = str(value).strip()
    number = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else -1
    if isinstance(value, bool) or not 0 <= number <= 65535:
        raise ValueError("a port is a number from 0 to 65535")
    return number


def networks(value: object) -> tuple[Network, ...]:
    """Addresses and networks, from a comma list or a TOML array. Raises ValueError."""
    if isinstance(value, str):
        value = [text for text in value.split(",") if text.strip()]
    if isinstance(value, list | tuple):
        return tuple(_network(one) for one in value)
    raise ValueError("it must list addresses and networks, like 10.0.0.1,192.168.0.0/16")


def _network(value: object) -> Network:
    text = str(value).strip()
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        whole = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither an address nor a network, like 10.0.0.1 or 192.168.0.0/16"
        ) from None
    raise ValueError(f"{text} names one address and a network: write {whole} to mean the network")


UpstreamUrl = Annotated[str, BeforeValidator(upstream_url)]
Host = Annotated[str, BeforeValidator(host)]
Port = Annotated[int, BeforeValidator(port)]
Networks = Annotated[tuple[Network, ...], NoDecode, BeforeValidator(networks)]
