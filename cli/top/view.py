"""The figures as a screen of text, one column wide or two, as the terminal has room."""

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.top.figures import Deployment, Figures, Rates, Route, Timed
from cli.top.rates import Distribution
from cli.top.tables import Part, Row, fitted, table

TWO_COLUMNS = 110
RIGHT_COLUMN = 44
GUTTER = 3
LATENCY = {"p50 ms": 0.5, "p95 ms": 0.95, "p99 ms": 0.99}
DIGITS_OF_A_DIGEST = 12


def view(figures: Figures, url: str, width: int, height: float = math.inf) -> RenderableType:
    """Return the whole screen; of a low one tables lack their last rows."""
    head = [_head(figures, url), _capacity(figures), *_away(figures.away)]
    room = height - sum(_lines(each, width) for each in head)
    left, right = _left(figures), _right(figures)
    if width < TWO_COLUMNS:
        return Group(*head, *_spaced(fitted([*left, *right], room), width))
    sides = (
        Group(*_spaced(fitted(left, room), width - RIGHT_COLUMN - GUTTER)),
        Group(*_spaced(fitted(right, room), RIGHT_COLUMN)),
    )
    if not any(side.renderables for side in sides):
        return Group(*head)
    columns = Table.grid(padding=(0, GUTTER, 0, 0), pad_edge=False)
    columns.add_column(width=width - RIGHT_COLUMN - GUTTER)
    columns.add_column(width=RIGHT_COLUMN)
    columns.add_row(*sides)
    return Group(*head, columns)


def trouble(sentence: str, url: str) -> RenderableType:
    """Return what is shown in the place of figures."""
    return Text.assemble(("facegraph top", "bold"), f"  {url}\n", (sentence, "red"))


def _head(figures: Figures, url: str) -> Text:
    models = "; ".join(
        f"{pack} {digest.removeprefix('sha256:')[:DIGITS_OF_A_DIGEST]}, {device}, {engine}"
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


def _left(figures: Figures) -> list[Part]:
    """Return what takes time."""
    heads = ("req/s", "4xx/s", "5xx/s", "open", *LATENCY)
    return [
        Part("route", heads, [_route(each) for each in figures.routes]),
        Part("stage", ("/s", *LATENCY), [_timed(each) for each in figures.stages]),
        Part("query", ("/s", *LATENCY), [_timed(each) for each in figures.queries]),
    ]


def _right(figures: Figures) -> list[Part]:
    """Return who works, and what came of it."""
    pools = {each.deployment: f"{each.used:.0f}/{each.most:.0f}" for each in figures.connections}
    rows = [_deployment(each, pools.get(each.name, "")) for each in figures.deployments]
    return [
        Part("deployment", ("replicas", "cores", "MB", "queue", "pool"), rows, whole=True),
        Part("refused", ("/s",), _rates(figures.rejects)),
        Part("database errors", ("/s",), _rates(figures.database_errors)),
        Part("decided", ("/s",), _rates(figures.decisions)),
    ]


def _route(route: Route) -> Row:
    cells = [
        Text(_rate(route.requests)),
        Text(_rate(route.refused), "yellow" if route.refused else ""),
        Text(_rate(route.failed), "bold red" if route.failed else ""),
        Text(f"{route.in_flight:.0f}"),
    ]
    return Row(route.name, [*cells, *_latency(route.seconds)])


def _timed(timed: Timed) -> Row:
    return Row(timed.name, [Text(_rate(timed.rate)), *_latency(timed.seconds)])


def _deployment(each: Deployment, pool: str) -> Row:
    queue = "" if each.queue is None else f"{each.queue:.0f}"
    cores = "-" if each.cores is None else f"{each.cores:.2f}"
    cells = (f"{each.replicas:.0f}", cores, f"{each.memory / 1e6:.0f}", queue, pool)
    return Row(each.name, [Text(cell) for cell in cells])


def _rates(rates: Rates) -> list[Row]:
    return [Row(" ".join(filter(None, key)), [Text(_rate(rate))]) for key, rate in rates]


def _latency(seconds: Distribution) -> list[Text]:
    return [Text(_milliseconds(seconds.quantile(share))) for share in LATENCY.values()]


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    thousandfold = seconds * 1000
    return f"{thousandfold:.1f}" if thousandfold < 1000 else f"{thousandfold:.0f}"  # noqa: PLR2004


def _rate(rate: float) -> str:
    return f"{rate:.1f}" if rate else "-"


def _spaced(parts: Sequence[Part], width: int) -> list[RenderableType]:
    return [each for part in parts for each in ("", table(part, width))]


def _lines(text: Text, width: int) -> int:
    return sum(math.ceil(len(line) / width) or 1 for line in text.plain.split("\n"))
