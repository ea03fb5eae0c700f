"""The figures as a screen of text, one column wide or two, as the terminal has room."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from cli.top.figures import Connections, Deployment, Figures, Rates, Route, Timed
from cli.top.rates import Distribution

TWO_COLUMNS = 110
SHARES = (0.5, 0.95, 0.99)
SHORT = 12

_QUANTILES = ("p50", "p95", "p99")


def view(figures: Figures, url: str, width: int) -> RenderableType:
    """Return the whole screen."""
    half = width >= TWO_COLUMNS
    room = width * 11 // 20 if half else width
    left = [_routes(figures.routes, room), _timed("stage", figures.stages), _queries(figures)]
    right = [
        _deployments(figures.deployments, figures.connections),
        _rates("refused, by reason", figures.rejects),
        _rates("decided", figures.decisions),
        _rates("database errors", figures.database_errors),
    ]
    head = [_head(figures, url), _capacity(figures), *_away(figures.away)]
    if not half:
        return Group(*head, *_spaced([*left, *right]))
    columns = Table.grid(padding=(0, 4, 0, 0))
    columns.add_column(width=room)
    columns.add_row(Group(*_spaced(left)), Group(*_spaced(right)))
    return Group(*head, columns)


def trouble(sentence: str, url: str) -> RenderableType:
    """Return what is shown in the place of figures."""
    return Text.assemble(("facegraph top", "bold"), f"  {url}\n", (sentence, "red"))


def _head(figures: Figures, url: str) -> Text:
    models = "; ".join(
        f"{pack} {digest.removeprefix('sha256:')[:SHORT]}, {device}, {engine}"
        for pack, digest, device, engine in figures.models
    )
    line = Text.assemble(("facegraph top", "bold"), f"  {url}  last {figures.seconds:.1f} s")
    return line.append(f"\nmodel {models}", "dim") if models else line


def _capacity(figures: Figures) -> Text:
    under_way, places, pace = figures.capacity
    told = [f"{figures.requests:.1f} requests/s", f"{figures.in_flight:.0f} in flight"]
    if under_way is not None and places is not None:
        told.append(f"{under_way:.0f} of {places:.0f} places taken")
    if pace is not None:
        told.append(f"pace {pace:.1f}/s")
    if figures.batch is not None:
        told.append(f"batches of {figures.batch:.1f}")
    return Text("  ".join(told))


def _away(names: Sequence[str]) -> list[Text]:
    return [Text(f"AWAY: {', '.join(names)}", "bold red")] if names else []


def _routes(routes: Sequence[Route], width: int) -> Table | None:
    """Return the table of routes; a long one loses its beginning, which is like all others."""
    heads = ("req/s", "4xx/s", "5xx/s", "open", *_QUANTILES)
    room = width - sum(max(len(head), 6) + 1 for head in heads)
    table = _table("route", heads)
    for route in routes:
        numbers = [
            Text(_rate(route.requests)),
            Text(_rate(route.refused), "yellow" if route.refused else ""),
            Text(_rate(route.failed), "bold red" if route.failed else ""),
            Text(f"{route.in_flight:.0f}"),
        ]
        table.add_row(Text(_tail(route.name, room)), *numbers, *_latency(route.seconds))
    return table if routes else None


def _timed(what: str, rows: Sequence[Timed]) -> Table | None:
    table = _table(what, ("/s", *_QUANTILES))
    for row in rows:
        table.add_row(Text(row.name), Text(_rate(row.rate)), *_latency(row.seconds))
    return table if rows else None


def _queries(figures: Figures) -> Table | None:
    return _timed("query", figures.queries)


def _deployments(
    deployments: Sequence[Deployment], connections: Sequence[Connections]
) -> Table | None:
    table = _table("deployment", ("replicas", "cores", "MB", "queue", "connections"))
    pools = {each.deployment: f"{each.used:.0f} of {each.most:.0f}" for each in connections}
    for each in deployments:
        numbers = [f"{each.replicas:.0f}", f"{each.cores:.2f}", f"{each.memory / 1e6:.0f}"]
        queue = "" if each.queue is None else f"{each.queue:.0f}"
        cells = (each.name, *numbers, queue, pools.get(each.name, ""))
        table.add_row(*map(Text, cells))
    return table if deployments else None


def _rates(what: str, rates: Rates) -> Table | None:
    table = _table(what, ("/s",))
    for key, rate in rates:
        table.add_row(Text(" ".join(filter(None, key))), Text(_rate(rate)))
    return table if rates else None


def _table(first: str, numbers: Iterable[str]) -> Table:
    right = [Column(head, justify="right", no_wrap=True, min_width=6) for head in numbers]
    return Table(
        Column(first, no_wrap=True), *right, box=None, pad_edge=False, padding=(0, 1, 0, 0),
        header_style="bold cyan",
    )  # fmt: skip


def _spaced(parts: Iterable[Table | None]) -> list[RenderableType]:
    return [each for part in parts if part is not None for each in ("", part)]


def _latency(seconds: Distribution) -> list[Text]:
    return [Text(_milliseconds(seconds.quantile(share))) for share in SHARES]


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"  # noqa: PLR2004  three digits


def _rate(rate: float) -> str:
    return f"{rate:.1f}" if rate else "-"


def _tail(name: str, width: int) -> str:
    return name if len(name) <= width else f"…{name[len(name) - width + 1 :]}"
