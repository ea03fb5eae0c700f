"""`facegraph top`: a screen of rates, latency, queues and replicas, drawn anew and anew."""

import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from cli.database import reported
from cli.top.figures import Figures
from cli.top.scrape import NoPage, client, fetch
from cli.top.view import view
from cli.top.watch import LOOK_SECONDS, SPAN_SECONDS, Watch
from config.settings import Settings, settings

Url = Annotated[
    str | None,
    typer.Argument(help="Where the service is; else what FACEGRAPH_HOST and _PORT say."),
]
Token = Annotated[
    str | None,
    typer.Option(help="What /metrics asks for, if it does; else FACEGRAPH_METRICS_TOKEN."),
]
Interval = Annotated[float, typer.Option(min=0.5, help="Seconds between two looks.")]
Once = Annotated[bool, typer.Option("--once", help="Print one frame, of ten seconds, and end.")]


def top(
    url: Url = None, token: Token = None, interval: Interval = 2.0, *, once: Once = False
) -> None:
    """Show what a running service does, until Ctrl-C."""
    with reported():
        environment = settings()
        address = (url or own_address(environment)).rstrip("/")
        if token is None and environment.metrics_token is not None:
            token = environment.metrics_token.get_secret_value()
    console = Console(highlight=False)
    with client(token) as asking, suppress(KeyboardInterrupt):
        watch = Watch(lambda: fetch(asking, address), address)
        if once or not console.is_terminal:
            console.print(view(_seen(watch, address), address, console.width))
            return
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(watch.frame(console.width, console.height), refresh=True)
                time.sleep(interval)


def own_address(environment: Settings) -> str:
    """Return where this machine reaches the service of these settings; raises OSError."""
    if not environment.port:
        raise OSError("FACEGRAPH_PORT=0 picks any port: name the address that `up` printed")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(environment.host, environment.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{environment.port}"


def _seen(watch: Watch, address: str) -> Figures:
    """Return the figures of ten seconds, when there are as many."""
    while True:
        try:
            watch.look()
        except NoPage as error:
            typer.echo(f"facegraph: {address}: {error}", err=True)
            raise typer.Exit(1) from error
        if (seen := watch.figures(SPAN_SECONDS)) is not None:
            return seen
        time.sleep(LOOK_SECONDS)
