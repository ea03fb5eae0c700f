"""Counters, gauges and histograms of prometheus_client that count nothing where nobody wants it.

With `FACEGRAPH_METRICS=false` each stays at nought, whoever counts with it.
"""

from functools import cache

import prometheus_client

from config.settings import settings


@cache
def counting() -> bool:
    """Tell whether this process counts at all; the settings are read at the first count."""
    return settings().metrics


class Counter(prometheus_client.Counter):
    """Only ever grows."""

    def inc(self, amount: float = 1, exemplar: dict[str, str] | None = None) -> None:
        """Count so many more."""
        if counting():
            super().inc(amount, exemplar)


class Gauge(prometheus_client.Gauge):
    """Goes up and down."""

    def inc(self, amount: float = 1) -> None:
        """Say it is so much more."""
        if counting():
            super().inc(amount)

    def dec(self, amount: float = 1) -> None:
        """Say it is so much less."""
        if counting():
            super().dec(amount)

    def set(self, value: float) -> None:
        """Say what it is."""
        if counting():
            super().set(value)


class Histogram(prometheus_client.Histogram):
    """How often a value was up to each of the bounds."""

    def observe(self, amount: float, exemplar: dict[str, str] | None = None) -> None:
        """Count one value."""
        if counting():
            super().observe(amount, exemplar)
