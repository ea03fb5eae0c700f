"""The service as it runs in production: `ray start`, `facegraph migrate`, `serve deploy`."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from cli import leftovers
from config.serve_environment import free_ports
from db.embedded import embedded_server
from tests.acceptance.conftest import PASSWORD, ROOT, SCRIPTS, Running, eventually, facegraph
from tests.acceptance.models import put_models
from tests.leaks import Secrets, files_in

# What one service must not take from another on the same machine, each by its option.
PORTS = (
    "--port",
    "--dashboard-port",
    "--dashboard-agent-listen-port",
    "--dashboard-agent-grpc-port",
    "--runtime-env-agent-port",
    "--metrics-export-port",
    "--ray-client-server-port",
)
HAPROXY_FILES = {
    "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": "haproxy.cfg",
    "RAY_SERVE_HAPROXY_SOCKET_PATH": "admin.sock",
    "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": "",
    "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": "server-state",
    "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": "metrics.sock",
}


@dataclass
class Cluster:
    """A Ray cluster of one node, to which `serve deploy` brings one version after another."""

    url: str
    dashboard: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    secrets: Secrets
    _rolled_out: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Return a copy of what was rolled out last, to be changed."""
        return deepcopy(self._rolled_out)

    def deploy(self, document: dict[str, Any]) -> None:
        """Hand a configuration over, as an operator does; returns before it is rolled out."""
        path = self.data_dir / "serve_config.yaml"
        path.write_text(yaml.safe_dump(document))
        command = [str(SCRIPTS / "serve"), "deploy", str(path), "--address", self.dashboard]
        subprocess.run(
            command, env=dict(self.environment), cwd=ROOT, check=True, capture_output=True
        )

    def roll_out(self, document: dict[str, Any]) -> None:
        """Deploy, and wait until no replica of another version is left."""
        self.deploy(document)
        eventually(lambda: self.application()["status"] == "RUNNING", 180)
        self._rolled_out = document

    def application(self) -> dict[str, Any]:
        """Return what Ray Serve tells of the application: its status, deployments and replicas."""
        told = httpx.get(
            f"{self.dashboard}/api/serve/applications/",
            headers={"Authorization": f"Bearer {self.environment['RAY_AUTH_TOKEN']}"},
            timeout=30,
        )
        application: dict[str, Any] = told.raise_for_status().json()["applications"]["facegraph"]
        return application

    def replicas(self, deployment: str, state: str = "RUNNING") -> list[str]:
        """Return the replicas of a deployment in a state, by their ids."""
        told = self.application()["deployments"][deployment]["replicas"]
        return [each["replica_id"] for each in told if each["state"] == state]

    def log_in(self) -> Running:
        """Return the service as its admin sees it, once it can work."""
        eventually(lambda: ready(self.url))
        return Running(self.url, self.data_dir, self.process, self.secrets)


def ready(url: str) -> bool:
    """Tell whether the service says that it can work."""
    try:
        return httpx.get(f"{url}/v1/health/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def shipped(port: int) -> dict[str, Any]:
    """Return the shipped configuration, on a port of its own."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    document["http_options"]["port"] = port
    return document


def deployment(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the part of a configuration that speaks of one deployment, to be changed."""
    (found,) = (each for each in document["applications"][0]["deployments"] if each["name"] == name)
    part: dict[str, Any] = found
    return part


@contextmanager
def cluster(data_dir: Path, port: int, **environment: str) -> Iterator[Cluster]:
    """Start Ray's head node as the page for operators says, and end all it has started."""
    put_models(data_dir)
    mark = leftovers.mark(data_dir)
    with embedded_server(data_dir) as url, tempfile.TemporaryDirectory(prefix="fg-ray-") as folder:
        chosen = {
            "DATABASE_URL": url,
            "FACEGRAPH_DATA_DIR": str(data_dir),
            "FACEGRAPH_ADMIN_PASSWORD": PASSWORD,
            "FACEGRAPH_BCRYPT_ROUNDS": "4",
            leftovers.MARK: mark,
        }
        flags = printed(os.environ | chosen) | haproxy_files(Path(folder)) | environment
        subprocess.run(facegraph("migrate"), env=flags, check=True, capture_output=True)
        ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
        with (data_dir / "ray.log").open("wb") as log:
            process = subprocess.Popen(
                ray_start(Path(folder), ports), env=flags, stdout=log, stderr=log, cwd=data_dir
            )
        try:
            dashboard = f"http://127.0.0.1:{ports['--dashboard-port']}"
            eventually(lambda: answers(f"{dashboard}/api/version"))
            secrets = Secrets(admin=PASSWORD, ray=flags["RAY_AUTH_TOKEN"])
            yield Cluster(f"http://127.0.0.1:{port}", dashboard, data_dir, process, flags, secrets)
        finally:
            process.terminate()
            leftovers.end(leftovers.marked(data_dir))
            process.wait(timeout=60)
        assert secrets.said_in(files_in(Path(folder), data_dir / "ray.log")) == []


def ray_start(folder: Path, ports: Mapping[str, str]) -> list[str]:
    """Return the command that starts the head node and ends with it."""
    options = {
        **ports,
        "--temp-dir": str(folder),
        # Zero is the kernel's choice; the default range holds ports that other servers have.
        "--min-worker-port": "0",
        "--max-worker-port": "0",
        "--num-cpus": "2",
        "--object-store-memory": str(80 * 2**20),
        "--dashboard-host": "127.0.0.1",
    }
    told = [part for pair in options.items() for part in pair]
    return [str(SCRIPTS / "ray"), "start", "--head", "--block", "--disable-usage-stats", *told]


def printed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a shell that has evaluated what `facegraph environment` prints."""
    dump = (
        f"{shlex.quote(sys.executable)} -c 'import json, os; print(json.dumps({{**os.environ}}))'"
    )
    command = f'eval "$({shlex.join(facegraph("environment"))})" && {dump}'
    shell = subprocess.run(
        ["bash", "-c", command], env=dict(environment), check=True, capture_output=True, cwd=ROOT
    )
    told: dict[str, str] = json.loads(shell.stdout)
    return told


def haproxy_files(folder: Path) -> dict[str, str]:
    """Return the flags that keep what HAProxy writes in a folder that goes away."""
    return {name: str(folder / file) for name, file in HAPROXY_FILES.items()}


def answers(url: str) -> bool:
    """Tell whether somebody answers there, whatever it is."""
    try:
        httpx.get(url, timeout=5)
    except httpx.TransportError:
        return False
    return True
