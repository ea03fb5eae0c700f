"""What counting costs: two services of one commit, of which one counts nothing, asked in turn.

Both run on one core and are asked from another; CPU is that of every process of a service. A pair
is a span of each, and who goes first changes. In each third span the page is read, so every fifteen
seconds. Two services of one kind differ by as much as is looked for here, so both are started anew
for each round; and of two that count nothing the one that was started first took 1.9 % more, so
that which is first changes as well: rounds are even in number.

python -m benchmarks.metering
"""

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import httpx
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from benchmarks import closed_loop, processes
from benchmarks.bounds import enrol, photo_640
from benchmarks.load import configuration, cores
from benchmarks.measures import findings, machine
from benchmarks.measures.race import Ratio
from benchmarks.service import Service, service
from deployments.vision.catalogue import DEFAULT
from deployments.vision.preparation import prepare

MOST = 0.02  # Of the CPU of a request.
CLIENTS = 4
WARM_UP_SECONDS = 5.0
RESAMPLES = 2000
RESULTS = Path(__file__).parent / "results" / "metering.json"
COUNTING, NOT_COUNTING = "counting", "not counting"
SETTINGS = {COUNTING: "true", NOT_COUNTING: "false"}

Spent = dict[str, float]
"""CPU milliseconds a request, by part of the service."""

console = Console(width=120)


def main(
    rounds: Annotated[int, typer.Option(help="How often both are started anew; even.")] = 4,
    pairs: Annotated[int, typer.Option(help="Spans of each in a round.")] = 9,
    seconds: Annotated[float, typer.Option(help="How long a span is.")] = 5.0,
    results: Annotated[Path, typer.Option(help="Where the figures are kept.")] = RESULTS,
) -> None:
    """Measure, print the cost beside its bound, and keep it; status 1 where it is more."""
    divided = cores.divide()
    os.sched_setaffinity(0, {divided.generator})
    orders = [tuple(SETTINGS), tuple(reversed(SETTINGS))]
    measured = [_round(divided.service, orders[at % 2], pairs, seconds) for at in range(rounds)]
    parts = sorted({part for each in measured for spans in each.values() for part in spans[0]})
    spent = {name: _spent(measured, name, parts) for name in SETTINGS}
    cost = share(spent[COUNTING], spent[NOT_COUNTING])
    finding = findings.at_most("", "CPU that counting adds to a request, share", MOST, cost)
    console.print(findings.table([finding]))
    document = machine.provenance(machine.describe()) | {
        "CPU ms a request": {name: float(usual(each).sum()) for name, each in spent.items()},
        "share that counting adds": asdict(cost),
        "CPU ms a request, by part": {
            name: dict(zip(parts, usual(each).tolist(), strict=True))
            for name, each in spent.items()
        },
        "rounds": rounds,
        "pairs a round": pairs,
        "seconds a span": seconds,
    }
    console.print_json(json.dumps(document))
    results.write_text(json.dumps(document, indent=1) + "\n")
    if not finding.met:
        raise typer.Exit(1)


def share(counting: NDArray[np.float64], without: NDArray[np.float64]) -> Ratio:
    """Return what counting adds as a share of what a request costs without.

    Both are of shape (rounds, pairs, parts). The 95 % interval is a bootstrap over the rounds of
    each order, and over the pairs of each.
    """
    rng, (rounds, pairs, _) = np.random.default_rng(0), counting.shape
    alike = 2 * rng.integers(0, rounds // 2, (RESAMPLES, rounds // 2, 2)) + np.arange(2)
    rows = alike.reshape(RESAMPLES, rounds, 1)
    columns = rng.integers(0, pairs, (RESAMPLES, rounds, pairs))
    resampled = _added(counting[rows, columns], without[rows, columns])
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Ratio(float(_added(counting, without)), float(low), float(high))


def _added(counting: NDArray[np.float64], without: NDArray[np.float64]) -> Any:
    return usual(counting - without).sum(axis=-1) / usual(without).sum(axis=-1)


def usual(spent: NDArray[np.float64]) -> Any:
    """Return what is usual of each part: the mean of both orders' medians over all their spans.

    (..., rounds, pairs, parts) to (..., parts). Spans in which a machine did something else are
    outliers, even where they fill a round; which service was started first makes a difference that
    the mean of both orders cancels.
    """
    orders = [spent[..., at::2, :, :] for at in range(2)]
    together = [each.reshape(*each.shape[:-3], -1, each.shape[-1]) for each in orders]
    return np.mean([np.median(each, axis=-2) for each in together], axis=0)


def _round(core: int, order: Sequence[str], pairs: int, seconds: float) -> dict[str, list[Spent]]:
    """Start both in this order, and return what each spent in each of its spans."""
    spent: dict[str, list[Spent]] = {name: [] for name in SETTINGS}
    with _both(core, order) as running:
        for at in range(pairs):
            for name in sorted(running, reverse=bool(at % 2)):
                spent[name].append(_span(running[name], seconds, scrapes=at % 3 == 0))
    return spent


@contextmanager
def _both(core: int, order: Sequence[str]) -> Iterator[dict[str, Service]]:
    running = {}
    text = configuration.under_load(configuration.SHIPPED.read_text())
    with ExitStack() as stack:
        for name in order:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="fg-")))
            prepare(DEFAULT, folder)
            running[name] = stack.enter_context(
                service(folder, text, core=core, settings={"FACEGRAPH_METRICS": SETTINGS[name]})
            )
            enrol(running[name], photo_640())
            _span(running[name], WARM_UP_SECONDS)
        yield running


def _span(running: Service, seconds: float, *, scrapes: bool = False) -> Spent:
    """Have one service asked for a while; return CPU milliseconds a request, by part."""
    url = f"{running.url}/v1/collections/default/identify"
    wire = closed_loop.request(url, running.token, photo_640())
    before = processes.cpu_seconds(running.family())
    if scrapes:
        httpx.get(f"{running.url}/metrics", trust_env=False)
    answered = asyncio.run(closed_loop.run(url, wire, clients=CLIENTS, seconds=seconds))
    after = processes.cpu_seconds(running.family())
    return {
        part: 1000 * (used - before.get(part, 0.0)) / len(answered) for part, used in after.items()
    }


def _spent(
    measured: list[dict[str, list[Spent]]], name: str, parts: Sequence[str]
) -> NDArray[np.float64]:
    return np.array(
        [[[span.get(part, 0.0) for part in parts] for span in each[name]] for each in measured]
    )


if __name__ == "__main__":
    typer.run(main)
