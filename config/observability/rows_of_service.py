"""What the dashboard shows of the service as a machine: its answers, its time, its room."""

from typing import Final

from config.observability.grafana_json import Panel, Row
from config.observability.queries import (
    ASKED,
    ERROR_BUDGET,
    GONE_IN_TWO_DAYS,
    IDENTIFY,
    IN_TIME_SECONDS,
    LATENCY_BUDGET,
    SLOW_QUERY_SECONDS,
    Query,
    budget_left,
    gauge_by,
    mean,
    quantile,
    quantiles,
    rate,
    rate_by,
)

TWO_DAYS: Final = "The line is where a month's budget is gone in two days."

OVERVIEW: Final = Row(
    "Overview",
    [
        Panel(
            "Alerts that fire",
            [Query('count(ALERTS{alertname=~"Facegraph.*", alertstate="firing"}) or vector(0)')],
            kind="stat",
            width=4,
            bad_from=1,
        ),
        Panel("Scraped", [Query('min(up{job="facegraph"})')], kind="stat", width=4, good_from=1),
        Panel(
            "Error budget left, 30 days",
            [Query(budget_left("facegraph:failed:ratio30d", ERROR_BUDGET))],
            "percentunit",
            "Of the 0.1 % of requests that may end with a 5xx.",
            kind="stat",
            width=4,
            good_from=0.1,
        ),
        Panel(
            "Latency budget left, 30 days",
            [Query(budget_left("facegraph:late:ratio30d", LATENCY_BUDGET))],
            "percentunit",
            "Of the 5 % of identifications that may take longer than 0.5 s.",
            kind="stat",
            width=4,
            good_from=0.1,
        ),
        Panel(
            "Identification, 95 %",
            [Query(quantile(0.95, f'facegraph_request_seconds_bucket{{route="{IDENTIFY}"}}'))],
            "s",
            kind="stat",
            width=4,
            bad_from=IN_TIME_SECONDS,
        ),
        Panel("Requests", [Query(rate(ASKED))], "reqps", kind="stat", width=4),
        Panel("Requests by status", [rate_by(ASKED, "code")], "reqps"),
        Panel(
            "Failed (5xx)",
            [Query(f"facegraph:failed:ratio{window}", window) for window in ("5m", "1h", "6h")],
            "percentunit",
            TWO_DAYS,
            bad_from=round(GONE_IN_TWO_DAYS * ERROR_BUDGET, 4),
        ),
        Panel(
            "Identifications over 0.5 s",
            [Query(f"facegraph:late:ratio{window}", window) for window in ("5m", "1h", "6h")],
            "percentunit",
            TWO_DAYS,
            bad_from=round(GONE_IN_TWO_DAYS * LATENCY_BUDGET, 4),
        ),
        Panel("Problems", [rate_by("facegraph_rejects_total", "reason")], "reqps", width=12),
        Panel("Replicas", [gauge_by("facegraph_replicas", "deployment")], width=6),
        Panel(
            "Models that run",
            [
                Query(
                    "max by (pack, device, engine) (facegraph_model_info)",
                    "{{pack}} on {{device}}, {{engine}}",
                )
            ],
            width=6,
        ),
    ],
)

LATENCY: Final = Row(
    "Latency by stage",
    [
        Panel(
            "Stages",
            quantiles("facegraph_stage_seconds", "stage"),
            "s",
            "As Server-Timing tells callers: queue, decode, detect, align, embed, search, write.",
            width=12,
        ),
        Panel(
            "Where the time goes",
            [rate_by("facegraph_stage_seconds_sum", "stage")],
            "s",
            "Seconds that all requests together spend in a stage, of each second.",
            width=12,
        ),
        Panel("Routes", quantiles("facegraph_request_seconds", "route"), "s", width=12),
        Panel("Under way", [gauge_by("facegraph_requests_in_flight", "route")], width=12),
    ],
)

CAPACITY: Final = Row(
    "Capacity",
    [
        Panel(
            "Places for requests with photos",
            [
                Query("sum(facegraph_under_way)", "taken"),
                Query("sum(facegraph_places)", "there are"),
            ],
            about="Where the two meet callers are refused: 429 overloaded.",
        ),
        Panel(
            "Pace",
            [Query("sum(facegraph_pace)", "requests with photos")],
            "reqps",
            "The most of the last half minute.",
        ),
        Panel("Queues", [gauge_by("facegraph_queue_depth", "deployment")]),
        Panel(
            "Photos a batch",
            [
                Query(mean("facegraph_batch_size"), "mean"),
                *quantiles("facegraph_batch_size", shares=(0.95,)),
            ],
            about="One under load means that replicas keep up.",
        ),
        Panel("Photos", [Query(rate("facegraph_batch_size_sum"), "taken up")], "ops"),
        Panel(
            "Cores in use",
            [rate_by("facegraph_cpu_seconds_total", "deployment")],
            about="Those of the decoders included.",
        ),
        Panel("Memory", [gauge_by("facegraph_resident_bytes", "deployment")], "bytes"),
        Panel(
            "Bytes",
            [
                Query(rate("facegraph_request_bytes_total"), "received"),
                Query(rate("facegraph_response_bytes_total"), "sent"),
            ],
            "Bps",
        ),
    ],
)

DATABASE: Final = Row(
    "Database",
    [
        Panel(
            "Dependencies that answer",
            [Query("min by (dependency) (facegraph_dependency_up)", "{{dependency}}")],
            about="0 where any replica is told to wait no longer for it.",
        ),
        Panel(
            "Queries, 95 %",
            quantiles("facegraph_db_seconds", "query", shares=(0.95,)),
            "s",
            bad_from=SLOW_QUERY_SECONDS,
        ),
        Panel("Queries", [rate_by("facegraph_db_seconds_count", "query")], "ops"),
        Panel("Errors", [rate_by("facegraph_db_errors_total", "error")], "ops", width=12),
        Panel(
            "Connections",
            [gauge_by("facegraph_db_connections", "deployment", "state")],
            about="`most` is how many there may be.",
            width=12,
        ),
    ],
)
