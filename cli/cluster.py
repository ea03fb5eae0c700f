"""A Ray cluster of one machine with the graph on it, for as long as this process lives."""

import io
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import httpx
import psutil
import ray
from ray import serve
from ray.serve._private.api import serve_start
from ray.serve._private.constants import RAY_SERVE_HAPROXY_SOCKET_PATH
from ray.serve.config import gRPCOptions
from ray.serve.schema import ApplicationStatus, ServeDeploySchema

from cli.draining import drain
from deployments import tracing
from deployments.configuration import longest_answer

OBJECT_STORE_BYTES = 80 * 2**20  # Ray's least; photos travel by value and never lie in it.


class GraphFailed(Exception):
    """The graph did not come up; the message is what Ray Serve says of it."""


@contextmanager
def cluster() -> Iterator[None]:
    """Start Ray on this machine alone, without dashboard, and end it.

    `serve_environment` must be in `os.environ` before ray is imported.
    """
    ray.init(
        address="local",
        num_cpus=cpus_of_the_machine(),
        include_dashboard=False,
        object_store_memory=OBJECT_STORE_BYTES,
        log_to_driver=False,
        logging_level="WARNING",
        namespace="serve",
    )
    haproxy = haproxy_socket()
    try:
        yield
    finally:
        with _quiet():
            ray.shutdown()
        shutil.rmtree(haproxy.parent, ignore_errors=True)


def cpus_of_the_machine() -> int:
    """Return what Ray is told to share out; below two the graph finds no room."""
    return max(2, psutil.cpu_count() or 2)


def haproxy_socket() -> Path:
    """Return where HAProxy of this node takes commands, once it runs."""
    path = Path(RAY_SERVE_HAPROXY_SOCKET_PATH)
    return path.parent / str(ray.get_runtime_context().get_node_id()) / path.name


def require_gpus(share: float) -> None:
    """Raise GraphFailed where no GPU is here for a replica that asks for one, or a share."""
    present = ray.cluster_resources().get("GPU", 0)
    if share > present:
        raise GraphFailed(
            f"The Embedder asks for num_gpus: {share:g}, and Ray sees {present:g} GPUs here."
        )


@contextmanager
def graph(schema: ServeDeploySchema, *, patience_seconds: float = 120.0) -> Iterator[None]:
    """Deploy the file as `serve run` does, wait until it answers, and answer all before the end.

    Only once nothing is under way may Ray Serve end the replicas: it would stop HAProxy first, and
    the Embedder under the feet of whoever is about to call it. They end with the cluster: Ray Serve
    takes ten seconds for it, one deployment after the other.
    """
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    client = serve_start(
        http_options=schema.http_options.model_dump(),
        proxy_location=schema.proxy_location,
        grpc_options=gRPCOptions(**schema.grpc_options.model_dump()),
        controller_options=schema.controller_options,
        global_logging_config=schema.logging_config,
    )
    broken = False
    try:
        client.deploy_apps(schema, _blocking=False)
        _wait_until_running(schema, time.monotonic() + patience_seconds)
        _wait_until_ready(base_url(schema), time.monotonic() + patience_seconds)
        yield
    except Exception:  # Whoever tells the service to stop raises none of these.
        broken = True
        raise
    finally:
        drain(haproxy_socket(), longest_answer(schema))
        if not broken:
            # By then each replica has sent the spans of what it did last.
            time.sleep(tracing.gathering_seconds(os.environ))


def base_url(schema: ServeDeploySchema) -> str:
    """Return where this machine reaches the service."""
    host = schema.http_options.host
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{schema.http_options.port}"  # noqa: S104


def _wait_until_running(schema: ServeDeploySchema, deadline: float) -> None:
    name = schema.applications[0].name
    while time.monotonic() < deadline:
        application = serve.status().applications[name]
        if application.status == ApplicationStatus.RUNNING:
            return
        if application.status == ApplicationStatus.DEPLOY_FAILED:
            break
        time.sleep(0.1)
    raise GraphFailed(_why(name))


def _why(name: str) -> str:
    application = serve.status().applications[name]
    reasons = [application.message] + [
        f"{deployment}: {status.message}"
        for deployment, status in application.deployments.items()
        if status.message
    ]
    return "\n".join(dict.fromkeys(reason for reason in reasons if reason))


def _wait_until_ready(url: str, deadline: float) -> None:
    # The environment may name a proxy, which has no business on loopback.
    with httpx.Client(timeout=5.0, trust_env=False) as client:
        while time.monotonic() < deadline:
            try:
                if client.get(f"{url}/v1/health/ready").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
    raise GraphFailed(f"{url}/v1/health/ready did not answer 200 in time")


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what Ray prints of its own end: a controller told to die "has failed" to it."""
    with redirect_stdout(io.StringIO()):
        yield


def metrics_address() -> str:
    """Return where this node's measurements are read, in the text format of Prometheus."""
    (node,) = (each for each in ray.nodes() if each["Alive"])
    return f"http://127.0.0.1:{node['MetricsExportPort']}/metrics"


def logs_folder() -> Path:
    """Return where Ray and Ray Serve of this cluster write their logs."""
    return Path(ray._private.worker._global_node.get_session_dir_path()) / "logs"  # noqa: SLF001
