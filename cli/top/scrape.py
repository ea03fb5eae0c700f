"""One look at `/metrics`: a page of numbers, or one sentence that says why there is none."""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import httpx
from prometheus_client.parser import text_string_to_metric_families

LONGEST_SECONDS = 5.0

Labels: TypeAlias = frozenset[tuple[str, str]]


class NoPage(Exception):
    """There is nothing to show; the message says why, and what to do where that is known."""


@dataclass(frozen=True, slots=True)
class Page:
    """What every series stood at, by the name of the sample; `at` is monotonic, in seconds."""

    at: float
    samples: Mapping[str, Mapping[Labels, float]]


def parse(text: str, at: float) -> Page:
    """Return the page; raises NoPage for text that is none of Facegraph's."""
    samples: dict[str, dict[Labels, float]] = defaultdict(dict)
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples[sample.name][_shown(sample.labels)] = sample.value
    except Exception as error:  # The parser fails in every way on what is no page.
        raise NoPage("What it answered is no page of metrics.") from error
    if not any(name.startswith("facegraph_") for name in samples):
        raise NoPage("Its metrics are not those of Facegraph.")
    return Page(at, dict(samples))


def _shown(labels: Mapping[str, str]) -> Labels:
    """Return labels that a terminal only prints: what controls it is replaced."""
    return frozenset(
        (name, "".join(one if one.isprintable() else "?" for one in value))
        for name, value in labels.items()
    )


def fetch(client: httpx.Client, url: str) -> Page:
    """Return what `{url}/metrics` says now; raises NoPage."""
    try:
        answer = client.get(f"{url}/metrics")
    except httpx.TimeoutException as error:
        raise NoPage(f"No answer within {LONGEST_SECONDS:g} s.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoPage(f"It cannot be reached: {error}.") from error
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        raise NoPage(
            f"It answers {answer.status_code}: give the token of the metrics, by --token or "
            "FACEGRAPH_METRICS_TOKEN."
        )
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise NoPage("It has no /metrics: it is another service, or FACEGRAPH_METRICS is off.")
    if answer.status_code != httpx.codes.OK:
        raise NoPage(f"It answers {answer.status_code} to GET /metrics.")
    return parse(answer.text, time.monotonic())


def client(token: str | None) -> httpx.Client:
    """Return what asks; it follows no redirect, so that the token goes nowhere else."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # The environment may name a proxy, which has no business on loopback.
    return httpx.Client(headers=headers, timeout=LONGEST_SECONDS, trust_env=False)
