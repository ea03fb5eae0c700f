"""How many replicas a deployment may have, and what each asks for, by serve_config.yaml."""

import math

from ray.serve.config import AutoscalingConfig
from ray.serve.schema import DeploymentSchema, RayActorOptionsSchema, ServeDeploySchema


def most_replicas(schema: ServeDeploySchema, name: str) -> int:
    """Return how many there are when autoscaling has gone as far as it may."""
    deployment = _deployment(schema, name)
    scaling = deployment.autoscaling_config
    if isinstance(scaling, dict):
        scaling = AutoscalingConfig.model_validate(scaling)
    most = getattr(scaling, "max_replicas", deployment.num_replicas)
    return most if isinstance(most, int) else 1


def most_in_a_rollout(schema: ServeDeploySchema, name: str) -> int:
    """Return how many there are while others take their place."""
    share = _deployment(schema, name).max_surge_percent
    most = most_replicas(schema, name)
    return most + (math.ceil(most * share / 100) if isinstance(share, (int, float)) else 0)


def cpus(schema: ServeDeploySchema, name: str) -> float:
    """Return the share of CPUs that a replica asks for; Ray's own default is one."""
    options = _deployment(schema, name).ray_actor_options
    share = options.num_cpus if isinstance(options, RayActorOptionsSchema) else None
    return share if isinstance(share, (int, float)) else 1.0


def _deployment(schema: ServeDeploySchema, name: str) -> DeploymentSchema:
    given = {each.name: each for each in schema.applications[0].deployments}
    return given.get(name) or DeploymentSchema(name=name)
