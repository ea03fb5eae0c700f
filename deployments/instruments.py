"""Every metric of the service: its name, its labels, its buckets, and what it says.

Each process counts here, in a registry of its own; `deployments/totals.py` adds up what all of them
have counted. No label holds what a caller chose: routes are templates, codes and reasons are of
fixed lists, queries are named in `db/sql`. Only `source` does, and of sources no more are told
apart than `deployments/sources.py` allows; policies are named by administrators, 100 at most.
docs/metrics.md is written from this module.
"""

from typing import Final, Literal

import prometheus_client
from prometheus_client import CollectorRegistry

from deployments.counters import Counter, Gauge, Histogram

# The moment of a series' first sample is of no use once the series of many processes are added up.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY: Final = CollectorRegistry(auto_describe=True)

_TO_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_TO_STAGE: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10)
_TO_QUERY: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
)  # fmt: skip
_TO_SIMILARITY: Final = (
    -0.1, 0.0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1.0,
)  # fmt: skip
_TO_SHARE: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

# Of each source there is one of these, so they are few; evaluation/drift.py says whether enough.
TO_SOURCE_QUALITY: Final = (0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
TO_SOURCE_SIMILARITY: Final = (-0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

# Requests, as the ingress sees them

requests: Final = Counter(
    "facegraph_requests",
    "Requests that ended, by the status answered; 499 is a caller who left before that.",
    ("route", "method", "code"),
    registry=REGISTRY,
)
request_seconds: Final = Histogram(
    "facegraph_request_seconds",
    "What a request that was let in took, body in hand: the total of Server-Timing.",
    ("route",),
    buckets=_TO_SECONDS,
    registry=REGISTRY,
)
in_flight: Final = Gauge(
    "facegraph_requests_in_flight",
    "Requests that were let in and are not answered yet.",
    ("route",),
    registry=REGISTRY,
)
request_bytes: Final = Counter(
    "facegraph_request_bytes",
    "Bytes of the bodies of requests that were let in.",
    ("route",),
    registry=REGISTRY,
)
response_bytes: Final = Counter(
    "facegraph_response_bytes",
    "Bytes of the bodies they were answered with.",
    ("route",),
    registry=REGISTRY,
)
stage_seconds: Final = Histogram(
    "facegraph_stage_seconds",
    "What a request spent in a stage, as Server-Timing tells its caller.",
    ("stage",),
    buckets=_TO_STAGE,
    registry=REGISTRY,
)
rejects: Final = Counter(
    "facegraph_rejects",
    "Requests answered with a problem, by its code.",
    ("reason",),
    registry=REGISTRY,
)
log_ins: Final = Counter(
    "facegraph_log_ins",
    "Log-ins by outcome: ok, or the code of the problem.",
    ("outcome",),
    registry=REGISTRY,
)

# Faces and decisions

faces: Final = Histogram(
    "facegraph_faces_per_photo",
    "Faces found in a photo, of those that were looked for.",
    buckets=(0, 1, 2, 3, 5, 10, 20, 50, 100),
    registry=REGISTRY,
)
enrolment_rejections: Final = Counter(
    "facegraph_enrolment_rejections",
    "Photos that were not enrolled, by a problem's code or each reason of the quality gate.",
    ("reason",),
    registry=REGISTRY,
)
quality: Final = Histogram(
    "facegraph_quality",
    "The quality score of the largest face of a photo.",
    buckets=_TO_SHARE,
    registry=REGISTRY,
)
decisions: Final = Counter(
    "facegraph_decisions",
    "Decisions by kind (compare, verify, identify) and policy; `caller` is a threshold of theirs.",
    ("kind", "decision", "policy"),
    registry=REGISTRY,
)
policy_refusals: Final = Counter(
    "facegraph_policy_refusals",
    "Decisions that were refused because the data do not carry the error rate asked for.",
    ("policy",),
    registry=REGISTRY,
)
policy_gallery_share: Final = Gauge(
    "facegraph_policy_gallery_share",
    "Faces in the fullest gallery lately searched by an FPIR, over the most that its data carry.",
    ("policy",),
    registry=REGISTRY,
)
similarity: Final = Histogram(
    "facegraph_similarity",
    "The similarity that a decision was made on; of identify that of the nearest person.",
    ("kind", "decision"),
    buckets=_TO_SIMILARITY,
    registry=REGISTRY,
)
liveness: Final = Counter(
    "facegraph_liveness", "Faces checked for liveness.", ("decision",), registry=REGISTRY
)
liveness_score: Final = Histogram(
    "facegraph_liveness_score",
    "How sure a face is live, 0 to 1.",
    buckets=_TO_SHARE,
    registry=REGISTRY,
)

# Sources of photos: cameras and sites, as callers name them

source_photos: Final = Counter(
    "facegraph_source_photos",
    "Photos of a source: acquired, or why no template could be made of one.",
    ("source", "outcome"),
    registry=REGISTRY,
)
source_quality: Final = Histogram(
    "facegraph_source_quality",
    "The quality score of the largest face of a photo, by source.",
    ("source",),
    buckets=TO_SOURCE_QUALITY,
    registry=REGISTRY,
)
source_similarity: Final = Histogram(
    "facegraph_source_similarity",
    "The similarity that a decision was made on, by source, of all kinds of decision.",
    ("source", "decision"),
    buckets=TO_SOURCE_SIMILARITY,
    registry=REGISTRY,
)
sources_most: Final = Gauge(
    "facegraph_sources_most",
    "Sources that are told apart at most; the rest count as `other`.",
    registry=REGISTRY,
)

# Capacity

batch_size: Final = Histogram(
    "facegraph_batch_size",
    "Photos taken from the queue at once.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
    registry=REGISTRY,
)
queue_depth: Final = Gauge(
    "facegraph_queue_depth",
    "What waits: photos for a run (Embedder), queries for a connection (Matcher, Ingress).",
    ("deployment",),
    registry=REGISTRY,
)
places: Final = Gauge(
    "facegraph_places",
    "Requests with photos that may be under way in the whole service just now.",
    registry=REGISTRY,
)
under_way: Final = Gauge(
    "facegraph_under_way",
    "Requests with photos that are under way in the whole service.",
    registry=REGISTRY,
)
pace: Final = Gauge(
    "facegraph_pace",
    "Requests with photos that end in a second, the most of the last half minute.",
    registry=REGISTRY,
)

# What the service rests on

db_seconds: Final = Histogram(
    "facegraph_db_seconds",
    "What a named query took, as its caller saw it.",
    ("query",),
    buckets=_TO_QUERY,
    registry=REGISTRY,
)
db_errors: Final = Counter(
    "facegraph_db_errors",
    "Failures of the database or of the way there, by the name of the error.",
    ("error",),
    registry=REGISTRY,
)
connections: Final = Gauge(
    "facegraph_db_connections",
    "Connections to the database by state: used, idle; `most` is how many there may be.",
    ("deployment", "state"),
    registry=REGISTRY,
)
dependency_up: Final = Gauge(
    "facegraph_dependency_up",
    "0 where any replica's breaker holds that the dependency is away.",
    ("dependency",),
    registry=REGISTRY,
)
model_info: Final = Gauge(
    "facegraph_model_info",
    "The model that replicas run; the labels tell, the value is 1.",
    ("pack", "digest", "device", "engine"),
    registry=REGISTRY,
)
cpu_seconds: Final = Counter(
    "facegraph_cpu_seconds",
    "CPU time of the replicas of a deployment, decoders included.",
    ("deployment",),
    registry=REGISTRY,
)
resident_bytes: Final = Gauge(
    "facegraph_resident_bytes",
    "Resident memory of the replicas of a deployment.",
    ("deployment",),
    registry=REGISTRY,
)

# Some are the same in every replica; and a Limiter that was replaced is heard of for a while beside
# the one in its place.
HIGHEST: Final = frozenset(
    {
        "facegraph_model_info",
        "facegraph_places",
        "facegraph_under_way",
        "facegraph_pace",
        "facegraph_sources_most",
        "facegraph_policy_gallery_share",
    }
)
LOWEST: Final = frozenset({"facegraph_dependency_up"})
"""The gauges that are not added up over replicas: of these the highest, or the lowest, is told."""

Deployment = Literal["Ingress", "Embedder", "Matcher", "Limiter", "Telemetry"]
