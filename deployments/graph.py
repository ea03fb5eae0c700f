"""Composition root: typed arguments in, the bound application out.

`serve_config.yaml` names `deployments.graph:build` as its import path; replicas, autoscaling and
queue bounds of the four nodes are set there, by deployment name.
"""

from ray.serve import Application

from deployments.arguments import GraphArguments
from deployments.embedder import Embedder
from deployments.ingress import Ingress
from deployments.limiter import Limiter
from deployments.matcher import Matcher


def build(arguments: GraphArguments) -> Application:
    """Wire ingress to embedder, matcher and limiter."""
    return Ingress.bind(Embedder.bind(arguments), Matcher.bind(), Limiter.bind())
