"""Pages of metrics for the tests: what a service says at two moments, two seconds apart."""

from cli.top.scrape import Page, parse

SECONDS = 2.0
DIGEST = "sha256:65010034d2e2eec43cd9d6448f0a596a5e5538f45eb5319c9633b366e2eb0032"
IDENTIFY = "/v1/collections/{collection}/identify"
ATTEMPTS = "/v1/collections/{collection}/identities/{identity}/attempts"

EARLIER = f"""
# TYPE facegraph_requests_total counter
facegraph_requests_total{{route="{IDENTIFY}",method="POST",code="200"}} 100
facegraph_requests_total{{route="{IDENTIFY}",method="POST",code="429"}} 10
facegraph_requests_total{{route="{ATTEMPTS}",method="DELETE",code="204"}} 5
facegraph_requests_total{{route="/v1/models",method="GET",code="200"}} 7
# TYPE facegraph_request_seconds histogram
facegraph_request_seconds_bucket{{route="{IDENTIFY}",le="0.025"}} 50
facegraph_request_seconds_bucket{{route="{IDENTIFY}",le="0.05"}} 90
facegraph_request_seconds_bucket{{route="{IDENTIFY}",le="+Inf"}} 100
facegraph_request_seconds_count{{route="{IDENTIFY}"}} 100
facegraph_request_seconds_sum{{route="{IDENTIFY}"}} 3.5
# TYPE facegraph_cpu_seconds_total counter
facegraph_cpu_seconds_total{{deployment="Embedder"}} 40
facegraph_cpu_seconds_total{{deployment="Ingress"}} 9
"""

LATER = f"""
# TYPE facegraph_requests_total counter
facegraph_requests_total{{route="{IDENTIFY}",method="POST",code="200"}} 180
facegraph_requests_total{{route="{IDENTIFY}",method="POST",code="429"}} 14
facegraph_requests_total{{route="{IDENTIFY}",method="POST",code="503"}} 2
facegraph_requests_total{{route="{ATTEMPTS}",method="DELETE",code="204"}} 6
facegraph_requests_total{{route="/v1/models",method="GET",code="200"}} 7
# TYPE facegraph_requests_in_flight gauge
facegraph_requests_in_flight{{route="{IDENTIFY}"}} 3
facegraph_requests_in_flight{{route="{ATTEMPTS}"}} 0
# TYPE facegraph_request_seconds histogram
facegraph_request_seconds_bucket{{route="{IDENTIFY}",le="0.025"}} 90
facegraph_request_seconds_bucket{{route="{IDENTIFY}",le="0.05"}} 168
facegraph_request_seconds_bucket{{route="{IDENTIFY}",le="+Inf"}} 180
facegraph_request_seconds_count{{route="{IDENTIFY}"}} 180
facegraph_request_seconds_sum{{route="{IDENTIFY}"}} 6.5
# TYPE facegraph_stage_seconds histogram
facegraph_stage_seconds_bucket{{stage="decode",le="0.01"}} 80
facegraph_stage_seconds_bucket{{stage="decode",le="+Inf"}} 80
facegraph_stage_seconds_count{{stage="decode"}} 80
facegraph_stage_seconds_sum{{stage="decode"}} 0.2
facegraph_stage_seconds_bucket{{stage="embed",le="0.01"}} 0
facegraph_stage_seconds_bucket{{stage="embed",le="0.02"}} 80
facegraph_stage_seconds_bucket{{stage="embed",le="+Inf"}} 80
facegraph_stage_seconds_count{{stage="embed"}} 80
facegraph_stage_seconds_sum{{stage="embed"}} 1.2
# TYPE facegraph_rejects_total counter
facegraph_rejects_total{{reason="overloaded"}} 4
facegraph_rejects_total{{reason="unavailable"}} 2
# TYPE facegraph_decisions_total counter
facegraph_decisions_total{{kind="identify",decision="match",policy="provisional"}} 60
facegraph_decisions_total{{kind="identify",decision="no_match",policy="provisional"}} 20
# TYPE facegraph_batch_size histogram
facegraph_batch_size_bucket{{le="1"}} 10
facegraph_batch_size_bucket{{le="8"}} 20
facegraph_batch_size_bucket{{le="+Inf"}} 20
facegraph_batch_size_count 20
facegraph_batch_size_sum 80
# TYPE facegraph_queue_depth gauge
facegraph_queue_depth{{deployment="Embedder"}} 5
# TYPE facegraph_places gauge
facegraph_places 27
# TYPE facegraph_under_way gauge
facegraph_under_way 4
# TYPE facegraph_pace gauge
facegraph_pace 41.5
# TYPE facegraph_db_seconds histogram
facegraph_db_seconds_bucket{{query="search",le="0.001"}} 80
facegraph_db_seconds_bucket{{query="search",le="+Inf"}} 80
facegraph_db_seconds_count{{query="search"}} 80
facegraph_db_seconds_sum{{query="search"}} 0.04
# TYPE facegraph_db_errors_total counter
facegraph_db_errors_total{{error="QueryCanceledError"}} 1
# TYPE facegraph_db_connections gauge
facegraph_db_connections{{deployment="Matcher",state="used"}} 2
facegraph_db_connections{{deployment="Matcher",state="idle"}} 1
facegraph_db_connections{{deployment="Matcher",state="most"}} 8
# TYPE facegraph_dependency_up gauge
facegraph_dependency_up{{dependency="database"}} 0
facegraph_dependency_up{{dependency="embedder"}} 1
# TYPE facegraph_model_info gauge
facegraph_model_info{{pack="opencv_zoo",digest="{DIGEST}",device="cpu",engine="openvino 2026.4.1 CPU"}} 1
# TYPE facegraph_cpu_seconds_total counter
facegraph_cpu_seconds_total{{deployment="Embedder"}} 48
facegraph_cpu_seconds_total{{deployment="Ingress"}} 9.5
# TYPE facegraph_resident_bytes gauge
facegraph_resident_bytes{{deployment="Embedder"}} 6.2e+08
facegraph_resident_bytes{{deployment="Ingress"}} 2e+08
# TYPE facegraph_replicas gauge
facegraph_replicas{{deployment="Embedder"}} 2
facegraph_replicas{{deployment="Ingress"}} 1
facegraph_replicas{{deployment="Matcher"}} 1
"""  # noqa: E501  a series a line


def two_pages() -> tuple[Page, Page]:
    """Return both."""
    return parse(EARLIER, 30.0), parse(LATER, 30.0 + SECONDS)


def three_pages() -> tuple[Page, Page, Page]:
    """Return both, and before them one of the CPU time of thirty seconds ago."""
    before, after = two_pages()
    cpu = 'facegraph_cpu_seconds_total{deployment="Embedder"} 3\n'
    return before, after, parse(cpu, after.at - 30.0)
