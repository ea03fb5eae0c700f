"""Composition root: typed arguments in, the bound application out.

`serve_config.yaml` names `deployments.graph:build` as its import path; replicas, autoscaling and
queue bounds of the five nodes are set there, by deployment name.
"""

from ray.serve import Application

from deployments.arguments import GraphArguments
from deployments.embedder import Embedder
from deployments.ingress import Ingress
from deployments.limiter import Limiter
from deployments.matcher import Matcher
from deployments.telemetry import Telemetry


def build(arguments: GraphArguments) -> Application:
    """Wire ingress to embedder, matcher and limiter, and all of them to telemetry."""
    telemetry = Telemetry.bind()
    embedder, matcher = Embedder.bind(arguments, telemetry), Matcher.bind(telemetry)
    return Ingress.bind(embedder, matcher, Limiter.bind(telemetry), telemetry)
