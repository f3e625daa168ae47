"""What can be typed: the commands and their options.

Options are taken as text and checked by the settings, so that a wrong value reads the same wherever
it was written. A command imports what it runs, so that `--help` does not wait for a web server.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ayon_proxy import __version__

commands = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Host = Annotated[str | None, typer.Option("--host", metavar="H", help="Where clients connect.")]
Port = Annotated[str | None, typer.Option("--port", metavar="N", help="Its port; 0 takes any.")]
DataDir = Annotated[
    str | None, typer.Option("--data-dir", metavar="DIR", help="Where everything stored lies.")
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ayon-proxy {__version__}")
        raise typer.Exit


@commands.callback()
def ayon_proxy(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it and exit.")
    ] = False,
) -> None:
    """A caching, offline-tolerant proxy that stands beside the clients of an AYON server."""


@commands.command()
def serve(
    upstream: Annotated[
        str | None, typer.Option("--upstream", metavar="URL", help="The AYON server.")
    ] = None,
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="A TOML file of settings.")
    ] = None,
) -> int:
    """Run the proxy before an AYON server until it is stopped.

    Options go before environment variables (AYON_PROXY_<SECTION>__<NAME>), these before the file.
    """
    from ayon_proxy.cli import serving  # noqa: PLC0415 - only this command needs a server

    options = {
        ("upstream", "url"): ("--upstream", upstream),
        ("server", "host"): ("--host", host),
        ("server", "port"): ("--port", port),
        ("storage", "data_dir"): ("--data-dir", data_dir),
    }
    return serving.serve(options, config)


@commands.command()
def demo(
    host: Host = None,
    port: Port = None,
    upstream_port: Annotated[
        str | None,
        typer.Option("--upstream-port", metavar="N", help="The port of the demo server."),
    ] = None,
    data_dir: DataDir = None,
    tour: Annotated[
        bool, typer.Option("--tour/--no-tour", help="Show what the proxy does, first.")
    ] = True,
) -> int:
    """Run an AYON-compatible demo server and the proxy before it until they are stopped."""
    from ayon_proxy.cli import demonstration  # noqa: PLC0415 - only this command needs the demo

    return demonstration.demo(host, port, upstream_port, data_dir, tour=tour)


@commands.command()
def status(
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="A running proxy; by default the one set up."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The document as JSON.")] = False,
) -> int:
    """Show what a running proxy is doing."""
    from ayon_proxy.cli import status as showing  # noqa: PLC0415 - only this command needs a client

    return showing.status(url, as_json=as_json)
