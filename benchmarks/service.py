"""A service of one's own: `facegraph up` on a free port, for as long as a measurement lasts."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from types import MappingProxyType

import httpx
import psutil

from benchmarks import processes
from benchmarks.measures.machine import kept_to
from cli import leftovers
from config.serve_environment import free_ports
from db.embedded import embedded_server

UP = (Path(sys.executable).with_name("facegraph"), "up")
PASSWORD = "measured-on-loopback"  # noqa: S105 - of a service that lives for this run


@dataclass(frozen=True, slots=True)
class Service:
    """A service under measurement."""

    url: str
    token: str
    data_dir: Path
    root: int
    ready_seconds: float

    @property
    def metrics(self) -> str:
        """Where Ray tells what it measures; the service says so once it is up."""
        said = (self.data_dir / "up.log").read_text()
        (address,) = re.findall(r"^  Ray's +(\S+)$", said, re.MULTILINE)
        return str(address)

    def family(self) -> list[psutil.Process]:
        """Return all its processes, PostgreSQL's among them."""
        postmaster = int((self.data_dir / "postgres/postmaster.pid").read_text().split()[0])
        return processes.family(self.root) + processes.family(postmaster)


@contextmanager
def service(
    data_dir: Path,
    configuration: str,
    *,
    core: int | None = None,
    settings: Mapping[str, str] = MappingProxyType({}),
    command: Sequence[str | Path] = UP,
) -> Iterator[Service]:
    """Run `facegraph up` with that text as its serve_config.yaml, and end it.

    `settings` are variables of its environment, `command` is what is run in the place of it. With a
    core named all its processes stay there, for each inherits it from the one before.
    """
    config = data_dir / "serve_config.yaml"
    config.write_text(configuration)
    port = free_ports(1)[0]
    environment = (
        os.environ
        | dict(settings)
        | {
            "FACEGRAPH_PORT": str(port),
            "FACEGRAPH_DATA_DIR": str(data_dir),
            "FACEGRAPH_ADMIN_PASSWORD": PASSWORD,
            "FACEGRAPH_SERVE_CONFIG": str(config),
            "FACEGRAPH_ACCESS_TOKEN_SECONDS": "86400",
        }
    )
    environment.pop("DATABASE_URL", None)
    began = monotonic()
    with (data_dir / "up.log").open("w") as log, kept_to(core):
        up = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, up)
        ready = monotonic() - began
        yield Service(url, _log_in(url), data_dir, up.pid, ready)
    finally:
        _end(up, data_dir)


def _end(up: subprocess.Popen[bytes], data_dir: Path) -> None:
    """End it with all it has started, outright if it does not end in time."""
    up.terminate()
    try:
        up.wait(timeout=60)
    except subprocess.TimeoutExpired:
        up.kill()
        up.wait()
        with embedded_server(data_dir):
            pass  # Whoever leaves the database last stops it.
    leftovers.end(leftovers.marked(data_dir.resolve()))


def _wait_until_ready(url: str, up: subprocess.Popen[bytes]) -> None:
    until = monotonic() + 120
    while monotonic() < until and up.poll() is None:
        try:
            if httpx.get(f"{url}/v1/health/ready", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        sleep(0.1)
    raise RuntimeError("the service did not become ready; see up.log in its data directory")


def _log_in(url: str) -> str:
    form = {"username": "admin", "password": PASSWORD}
    return str(
        httpx.post(f"{url}/v1/auth/token", data=form, trust_env=False).json()["access_token"]
    )
