"""A program: place the graph's nodes on a machine that declares one GPU, and print what was seen.

Ray takes the declaration on trust, so no GPU is needed. The Embedder is the real one; Ingress,
Matcher, Limiter and Telemetry are bystanders under their names. Ray Serve gives each the options
of the configuration, and each replica writes into a folder what it was granted.
"""

import json
import os
import sys
import time
from pathlib import Path

import ray
from ray import serve
from ray.serve._private.api import serve_start
from ray.serve.handle import DeploymentHandle

from cli.cluster import cluster
from deployments.arguments import GraphArguments
from deployments.configuration import read
from deployments.embedder import Embedder, gpu_granted
from deployments.vision.engines import DeviceUnavailable

NOTES = "PLACEMENT_NOTES"
PATIENCE_SECONDS = 90.0
HAVE_ROOM = 6  # One of each node, and a second Embedder: between two the GPU is shared.


def note(node: str, **more: str) -> None:
    """Write down the share of a GPU this process was granted, and which GPUs it can see."""
    seen = {
        "node": node,
        "share": ray.get_runtime_context().get_assigned_resources().get("GPU", 0),
        "granted": gpu_granted(),
        "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
    }
    (Path(os.environ[NOTES]) / f"{node}-{os.getpid()}.json").write_text(json.dumps(seen | more))


def refusal(arguments: GraphArguments, telemetry: DeploymentHandle) -> str:
    """Return what another Embedder in this process says, or nothing if it loads."""
    try:
        Embedder.func_or_class(arguments, telemetry)
    except DeviceUnavailable as error:
        return str(error)
    return ""


@serve.deployment(name="Embedder")
class Witness(Embedder.func_or_class):  # type: ignore[name-defined]
    """The Embedder, which notes what it was granted, and what it says where it must use it."""

    def __init__(self, arguments: GraphArguments, telemetry: DeploymentHandle) -> None:
        super().__init__(arguments, telemetry)
        elsewhere = arguments.model_copy(update={"device": "auto"})
        note("Embedder", refusal=refusal(elsewhere, telemetry))


@serve.deployment
class Bystander:
    """A replica with the options of the node whose name it bears."""

    def __init__(self, node: str, *_: object) -> None:
        note(node)

    def reconfigure(self, user_config: dict[str, object]) -> None:
        """Take the tuning of that node, without which Ray Serve would not let it start."""


def build(arguments: GraphArguments) -> serve.Application:
    """Return a graph of the shape and the names of the real one."""
    telemetry = Bystander.options(name="Telemetry").bind("Telemetry")
    embedder = Witness.bind(arguments, telemetry)
    matcher = Bystander.options(name="Matcher").bind("Matcher")
    limiter = Bystander.options(name="Limiter").bind("Limiter")
    return Bystander.options(name="Ingress").bind("Ingress", embedder, matcher, limiter, telemetry)


def placed(application: str) -> dict[str, int]:
    """Return the states of the Embedder's replicas once all that find room are running."""
    until = time.monotonic() + PATIENCE_SECONDS
    running = 0
    while running < HAVE_ROOM and time.monotonic() < until:
        time.sleep(0.1)
        nodes = serve.status().applications[application].deployments
        running = sum(node.replica_states.get("RUNNING", 0) for node in nodes.values())
    return {state: count for state, count in nodes["Embedder"].replica_states.items() if count}


def main(configuration: Path) -> None:
    """Deploy the configuration and print, as JSON, what the scheduler made of it."""
    schema = read(configuration)
    with cluster():
        serve_start(proxy_location=schema.proxy_location).deploy_apps(schema, _blocking=False)
        states = placed(schema.applications[0].name)
        left = ray.available_resources().get("GPU", 0)
    sys.stdout.write(json.dumps({"states": states, "left": left}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
