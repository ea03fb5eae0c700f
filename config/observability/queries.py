"""What the panels ask Prometheus for, and what each line of the answer is called."""

from typing import Final, NamedTuple


class Query(NamedTuple):
    """An expression, and the name of its lines; `{{label}}` stands for the label's value."""

    expression: str
    legend: str = ""


PROBES: Final = "/v1/health/.*|/metrics"
IDENTIFY: Final = "/v1/collections/{collection}/identify"
ASKED: Final = f'facegraph_requests_total{{route!~"{PROBES}"}}'
"""Requests as the objectives of rules.yml count them: probes and scrapes are none."""

ERROR_BUDGET: Final = 0.001
LATENCY_BUDGET: Final = 0.05
IN_TIME_SECONDS: Final = 0.5
GONE_IN_TWO_DAYS: Final = 14.4
SLOW_QUERY_SECONDS: Final = 0.25
"""What the rules say in numbers; a test compares the two."""


def rate(series: str, *labels: str) -> str:
    """Return how much a counter grows in a second, added up but for labels."""
    return _added_up(f"rate({series}[$__rate_interval])", labels)


def quantile(share: float, buckets: str, *labels: str) -> str:
    """Return below what that share of what was observed lies."""
    return f"histogram_quantile({share}, {rate(buckets, *labels, 'le')})"


def mean(histogram: str) -> str:
    """Return the mean of what was observed."""
    return f"{rate(f'{histogram}_sum')} / {rate(f'{histogram}_count')}"


def rate_by(series: str, *labels: str) -> Query:
    """Return a rate for each value of labels, which name the lines."""
    return Query(rate(series, *labels), _named(labels))


def gauge_by(gauge: str, *labels: str) -> Query:
    """Return a gauge for each value of labels, which name the lines."""
    return Query(_added_up(gauge, labels), _named(labels))


def quantiles(histogram: str, *labels: str, shares: tuple[float, ...] = (0.5, 0.95)) -> list[Query]:
    """Return shares of a histogram for each value of labels."""
    return [
        Query(
            quantile(share, f"{histogram}_bucket", *labels), f"{_named(labels)} {share:.0%}".strip()
        )
        for share in shares
    ]


def budget_left(bad: str, budget: float) -> str:
    """Return what is left of a budget; below 0 it is overspent."""
    return f"1 - {bad} / {budget}"


def _added_up(vector: str, labels: tuple[str, ...]) -> str:
    return f"sum by ({', '.join(labels)}) ({vector})" if labels else f"sum({vector})"


def _named(labels: tuple[str, ...]) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in labels)
