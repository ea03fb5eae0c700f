"""Reading `serve_config.yaml`, strictly.

Ray Serve ignores keys it does not know, so a typing mistake would run with a default and nobody
would hear of it. Here every key must be one that Ray Serve or Facegraph has.
"""

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from ray.serve._private.constants import DEFAULT_GRACEFUL_SHUTDOWN_TIMEOUT_S
from ray.serve.schema import RayActorOptionsSchema, ServeDeploySchema

from deployments.arguments import TUNING, GraphArguments

NODES = ("Ingress", "Embedder", "Matcher", "Limiter", "Telemetry")
ALONE = frozenset({"Limiter", "Telemetry"})


class ConfigurationRefused(Exception):
    """The file cannot be served as it stands; each line names a key and what is wrong with it."""


def read(path: Path) -> ServeDeploySchema:
    """Return the parsed file; raises ConfigurationRefused with every problem found."""
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationRefused(f"{path}: {error}") from error
    try:
        schema = ServeDeploySchema.model_validate(document)
        problems = list(_unknown_keys(document, ServeDeploySchema, "")) or list(_ours(document))
    except ValidationError as error:
        raise ConfigurationRefused(_lines(path, error)) from error
    if problems:
        raise ConfigurationRefused("\n".join(f"{path}: {problem}" for problem in problems))
    return schema


def gpus_asked(schema: ServeDeploySchema) -> float:
    """Return the share of a GPU that one replica of the Embedder asks for."""
    deployments = {each.name: each.ray_actor_options for each in schema.applications[0].deployments}
    options = deployments.get("Embedder")
    asked = options.num_gpus if isinstance(options, RayActorOptionsSchema) else None
    return asked if isinstance(asked, (int, float)) else 0.0


def longest_answer(schema: ServeDeploySchema) -> float:
    """Return the seconds that a leaving replica of the Ingress may finish what it has begun."""
    (ingress,) = (each for each in schema.applications[0].deployments if each.name == "Ingress")
    seconds = ingress.graceful_shutdown_timeout_s
    return seconds if isinstance(seconds, (int, float)) else DEFAULT_GRACEFUL_SHUTDOWN_TIMEOUT_S


def _lines(path: Path, error: ValidationError) -> str:
    return "\n".join(
        f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
    )


def _unknown_keys(value: Any, model: type[BaseModel], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        field = model.model_fields.get(key)
        if field is None:
            yield f"{where}{key}: unknown key; known here: {', '.join(sorted(model.model_fields))}"
            continue
        for nested in _models_in(field.annotation):
            items = inner if isinstance(inner, list) else [inner]
            for item in items:
                name = f"[{item['name']}]" if isinstance(item, dict) and "name" in item else ""
                yield from _unknown_keys(item, nested, f"{where}{key}{name}.")


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Union, UnionType, list}:
        for part in get_args(annotation):
            yield from _models_in(part)


def _ours(document: dict[str, Any]) -> Iterator[str]:
    """Refuse what only Facegraph can judge: `args`, each `user_config`, and the names."""
    for application in document.get("applications", []):
        GraphArguments.model_validate(application.get("args", {}))
        for deployment in application.get("deployments", []):
            name = deployment["name"]
            if name not in NODES:
                yield f"deployments[{name}]: the graph has {', '.join(NODES)}"
            if name in ALONE and deployment.get("num_replicas", 1) != 1:
                yield f"deployments[{name}].num_replicas: two would count apart; there is one"
            if name in ALONE and "autoscaling_config" in deployment:
                yield f"deployments[{name}].autoscaling_config: two would count apart; there is one"
            tuning = TUNING.get(name)
            if tuning:
                tuning.model_validate(deployment.get("user_config") or {})
            elif deployment.get("user_config"):
                yield f"deployments[{name}].user_config: {name} takes none"
