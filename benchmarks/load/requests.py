"""What was asked and what came of it: the records of Locust and the prober, and their figures."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from locustfiles.outcomes import ACCEPTED, BEGINNING, REFUSED
from locustfiles.steps import Window

PERCENTILES = (50, 95, 99)

Seconds = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Requests:
    """One request a place: when it was sent and answered, in seconds, and what came of it."""

    sent: Seconds
    answered: Seconds
    outcome: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.sent)

    def of(self, outcome: str) -> "Requests":
        """Return those with that outcome."""
        return self._only(self.outcome == outcome)

    def sent_in(self, begin: float, end: float) -> "Requests":
        """Return those sent within a time."""
        return self._only((self.sent >= begin) & (self.sent < end))

    def answered_in(self, begin: float, end: float) -> "Requests":
        """Return those answered within a time."""
        return self._only((self.answered >= begin) & (self.answered < end))

    def since(self, moment: float) -> "Requests":
        """Return the same on a clock that is zero at that moment."""
        return Requests(self.sent - moment, self.answered - moment, self.outcome)

    @property
    def milliseconds(self) -> Seconds:
        """How long each took."""
        return 1000 * (self.answered - self.sent)

    @property
    def failures(self) -> dict[str, int]:
        """What came of those that were neither accepted nor refused, and how often."""
        others = self.outcome[~np.isin(self.outcome, (ACCEPTED, REFUSED))]
        names, counts = np.unique(others, return_counts=True)
        return dict(zip(names.tolist(), counts.tolist(), strict=True))

    def _only(self, mask: NDArray[np.bool_]) -> "Requests":
        return Requests(self.sent[mask], self.answered[mask], self.outcome[mask])


def read(path: Path) -> tuple[float, Requests]:
    """Return when a recorded load began, on the wall's clock, and its requests since then."""
    with path.open(newline="") as file:
        first, *lines = csv.reader(file)
    if first[2] != BEGINNING:
        raise ValueError(f"{path} does not say when the load began")
    beginning = float(first[0])
    return beginning, of_lines(lines).since(beginning)


def read_probes(path: Path) -> Requests:
    """Return what the prober recorded, on the wall's clock."""
    with path.open(newline="") as file:
        return of_lines(csv.reader(file))


def of_lines(lines: Iterable[Sequence[str]]) -> Requests:
    """Read `sent, seconds, outcome` of each request."""
    sent, seconds, outcome = [list(column) for column in zip(*lines, strict=True)] or [[], [], []]
    began = np.array(sent, dtype=float)
    return Requests(began, began + np.array(seconds, dtype=float), np.array(outcome, dtype=str))


def together(*several: Requests) -> Requests:
    """Return the requests of all of them."""
    return Requests(
        np.concatenate([each.sent for each in several]),
        np.concatenate([each.answered for each in several]),
        np.concatenate([each.outcome for each in several]),
    )


def percentiles(requests: Requests) -> dict[str, float | None]:
    """Return p50, p95 and p99 in milliseconds; None where nobody was answered so."""
    if not len(requests):
        return {f"p{rank} ms": None for rank in PERCENTILES}
    found = np.percentile(requests.milliseconds, PERCENTILES)
    return {f"p{rank} ms": float(ms) for rank, ms in zip(PERCENTILES, found, strict=True)}


def within(requests: Requests, windows: Sequence[Window]) -> dict[str, float | None]:
    """Return the figures of steps together: rates a second, and latencies of who was accepted."""
    seconds = sum(window.seconds for window in windows)
    sent = _all_in(windows, requests.sent_in)
    # Rates are what was done meanwhile: under a queue that grows, not what was asked for.
    answered = _all_in(windows, requests.answered_in)
    rates = {
        "offered a second": len(sent) / seconds,
        "accepted a second": len(answered.of(ACCEPTED)) / seconds,
        "refused a second": len(answered.of(REFUSED)) / seconds,
    }
    return rates | percentiles(sent.of(ACCEPTED))


def _all_in(windows: Sequence[Window], chosen: Callable[[float, float], Requests]) -> Requests:
    return together(*(chosen(window.begin, window.end) for window in windows))
