"""docs/metrics.md: every metric as it stands in the catalogue, and what it is of use for.

`python -m deployments.metrics_page` writes it; a test tells when it is no longer current.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from deployments import instruments
from deployments.instruments import HIGHEST, LOWEST

PAGE: Final = Path(__file__).parents[1] / "docs" / "metrics.md"

HEAD: Final = """\
# Metrics

What `GET /metrics` tells, of all replicas and nodes together; how it is read, and when Ray's and
HAProxy's own are the better source: [operations.md](operations.md), *Metrics*. Written from
`deployments/instruments.py` by `python -m deployments.metrics_page`.

Counters and histograms are sums over all replicas there are and were, so a replica that is gone
takes nothing with it. They begin anew when the Telemetry node is replaced, which `rate()` and
`increase()` take for what it is. Gauges are sums over the replicas that spoke in the last half
minute, except where the table says highest or lowest. What a replica counts is on the page within
ten seconds, within two while somebody reads it as often (but CPU and memory); what it had not
told is lost when it is killed.

| name | labels | what it is | what it is for |
|---|---|---|---|
"""
BUCKETS: Final = """
## Buckets

| histogram | bounds |
|---|---|
"""
LABELS: Final = """
## Labels

No label but `source` holds an id, a name or anything else that a caller chose: the number of series
depends on the routes, queries and codes of the service, and not on who asks. Of sources no more are
told apart than `sources` in `serve_config.yaml` says, and no more than 100 policies are stored. A
test sends hostile requests and counts.

| label | values |
|---|---|
"""

USE: Final = {
    "facegraph_requests": "the rate of requests and of errors, by route; 499 is no fault of ours",
    "facegraph_request_seconds": "latency objectives: `histogram_quantile` over its buckets. "
    "Refusals at the door are not in it, so that a flood of them does not make it look fast",
    "facegraph_requests_in_flight": "what is under way, and on which route it stands still",
    "facegraph_request_bytes": "with the requests, the mean size of a photo",
    "facegraph_response_bytes": "with the requests, the mean size of an answer; refusals at the "
    "door are in neither",
    "facegraph_stage_seconds": "where the time goes. `queue` that grows alone means too few "
    "embedders; `search` or `write`, the database. Photos of one request add up",
    "facegraph_rejects": "alerts: `internal` is a bug, `overloaded` wants replicas, `unavailable` "
    "a dependency that is away: `facegraph_dependency_up` says which",
    "facegraph_log_ins": "guessing of passwords: `invalid_credentials`, `account_locked`",
    "facegraph_faces_per_photo": "whether photos show what they should; routes that want one face "
    "look for one, enrolment for two",
    "facegraph_enrolment_rejections": "what to tell people who take the photos",
    "facegraph_quality": "a camera that drifts out of focus or into the dark",
    "facegraph_decisions": "the share of matches. One that changes overnight is a camera, a "
    "threshold or an attack",
    "facegraph_policy_refusals": "whether callers ask for what nothing stands behind; of a stored "
    "policy, whether its galleries have outgrown its data",
    "facegraph_policy_gallery_share": "an alert at 0.8, and above 1, where identification is "
    "refused: operations.md, *Policies*",
    "facegraph_similarity": "how far accepted and rejected lie from the threshold, and whether "
    "that moves. It has no `_sum`: cosines may be negative",
    "facegraph_liveness": "presentation attacks, where a model looks for them",
    "facegraph_liveness_score": "whether the model is sure",
    "facegraph_source_photos": "failure to acquire of a camera: the share that is not `acquired`",
    "facegraph_source_quality": "a camera that goes out of focus or into the dark, before anybody "
    "complains: operations.md, *Drift*",
    "facegraph_source_similarity": "the same, by what its photos are needed for",
    "facegraph_sources_most": "whether there is room: `count(count by (source) "
    '(facegraph_source_photos_total{source!="other"}))` is how many there are',
    "facegraph_batch_size": "whether replicas keep up: 1 under load means yes, the largest means "
    "no. `_sum` is photos taken up, `_count` batches; one that is run again counts once",
    "facegraph_queue_depth": "saturation before it is refused",
    "facegraph_places": "the capacity of the service as it measured it: under way against this is "
    "how full it is",
    "facegraph_under_way": "how full it is; who holds a place while a body arrives is in it",
    "facegraph_pace": "throughput the service has shown of late",
    "facegraph_db_seconds": "which query is slow. The wait for a connection is not in it",
    "facegraph_db_errors": "what fails: `QueryCanceledError` is a statement's timeout, "
    "`ConnectionRefusedError` a server that is away",
    "facegraph_db_connections": "whether `pool_size` is enough: `used` at `most` for long is not",
    "facegraph_dependency_up": "an alert on 0",
    "facegraph_model_info": "which model runs; two series are a rollout, or a node left behind",
    "facegraph_cpu_seconds": "CPU by deployment, measured every ten seconds; divided by requests, "
    "their cost. HAProxy, PostgreSQL and Ray itself are not in it",
    "facegraph_resident_bytes": "memory by deployment; pages that processes share count in each",
}
VALUES: Final = {
    "route": "the template of a route (`/v1/collections/{collection}/identify`), or `unmatched`",
    "method": "`GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE`, `OPTIONS`, or `other`",
    "code": "the status answered",
    "stage": "`queue`, `decode`, `detect`, `align`, `embed`, `search`, `write`",
    "reason": "a code of the error table (`overloaded`); for enrolments also a reason of the "
    "quality gate (`too_dark`)",
    "outcome": "`ok`, or a code of the error table; of a photo `acquired`, or a code of it or the "
    "first reason of the quality gate",
    "source": "what callers sent as `X-Facegraph-Source`, the first so many of them; `other` for "
    "the rest",
    "kind": "`compare`, `verify`, `identify`",
    "decision": "`match`, `no_match`, `ambiguous`; of liveness `live`, `attack`",
    "policy": "the name of a policy, as `GET /v1/policies` lists them; `caller` where it was a "
    "number of the caller's",
    "deployment": "`Ingress`, `Embedder`, `Matcher`, `Limiter`, `Telemetry`",
    "query": "`file.name` of `db/sql`, as it stands in a comment behind the first word of each "
    "statement and so in `pg_stat_statements`; `begin`, `commit`, `rollback`, `ping`; `other` is "
    "the driver's own",
    "error": "the class of an error of the driver or of Python",
    "state": "`used`, `idle`, `most`",
    "dependency": "`embedder`, `matcher`, `database`",
    "pack": "of the model that runs, as in `GET /v1/models`",
    "digest": "the same",
    "device": "the same",
    "engine": "the same",
}
REPLICAS: Final = (
    "| `facegraph_replicas` | `deployment` | Replicas that have reported lately. | what "
    "autoscaling made of the load; one that is missing |\n"
)


def render() -> str:
    """Return the page."""
    each_metric = list(metrics())
    return (
        HEAD
        + "".join(map(_row, each_metric))
        + REPLICAS
        + BUCKETS
        + "".join(_bounds(each) for each in each_metric if isinstance(each, Histogram))
        + LABELS
        + "".join(f"| `{label}` | {values} |\n" for label, values in VALUES.items())
    )


def metrics() -> Iterator[MetricWrapperBase]:
    """Yield every metric in the order of the catalogue."""
    for each in vars(instruments).values():
        if isinstance(each, MetricWrapperBase):
            yield each


def labels(metric: MetricWrapperBase) -> tuple[str, ...]:
    """Return the names of its labels."""
    return tuple(metric._labelnames)  # noqa: SLF001  nothing else tells


def _row(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    shown = f"{family.name}_total" if isinstance(metric, Counter) else family.name
    named = ", ".join(f"`{label}`" for label in labels(metric))
    what = family.documentation + _kind(family.name)
    return f"| `{shown}` | {named} | {what} | {USE[family.name]} |\n"


def _kind(name: str) -> str:
    if name in HIGHEST:
        return " The highest of all replicas."
    return " The lowest of all replicas." if name in LOWEST else ""


def _bounds(histogram: Histogram) -> str:
    (family,) = histogram.describe()
    bounds = " ".join(f"{bound:g}" for bound in histogram._kwargs["buckets"])  # noqa: SLF001
    return f"| `{family.name}` | {bounds} |\n"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
