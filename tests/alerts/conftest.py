"""One service, the database server beside it, and a Prometheus that watches, for all faults."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from cli import pictures
from tests.acceptance.conftest import Running, eventually, running
from tests.alerts.prometheus import Prometheus, program, watching
from tests.chaos.surroundings import Server, configured
from tests.networks import brightness, write_liveness_model
from tests.traffic import traffic


@dataclass(frozen=True)
class Watched:
    """A service under steady traffic, and who watches it."""

    up: Running
    server: Server
    prometheus: Prometheus
    photo: bytes

    def assert_fires(self, *alerts: str, within_seconds: float = 120.0) -> None:
        """Wait until all of these fire, whatever else does."""
        try:
            eventually(lambda: self.prometheus.firing() >= set(alerts), within_seconds)
        except AssertionError:
            pytest.fail(f"{set(alerts) - self.prometheus.firing()} did not fire")


def single(folder: Path) -> Path:
    """Write the shipped configuration with one replica each and a liveness model."""
    document = configured(1)
    (application,) = document["applications"]
    application["args"]["liveness"] = str(write_liveness_model(folder / "bright", brightness(32)))
    ingress = application["deployments"][0]["user_config"]
    ingress["rate_limits"] |= {"image": [], "other": []}
    path = folder / "single.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.fixture(scope="session")
def watched() -> Iterator[Watched]:
    """Give a service that does what it does on a good day, and is looked at every second."""
    program("prometheus")
    photo = pictures.jpeg(pictures.stranger_photo())
    with (
        tempfile.TemporaryDirectory(prefix="fg-") as elsewhere,
        tempfile.TemporaryDirectory(prefix="fg-") as name,
    ):
        server, folder = Server(Path(elsewhere)), Path(name)
        chosen = {"FACEGRAPH_SERVE_CONFIG": str(single(folder)), "DATABASE_URL": server.url}
        try:
            with (
                running(folder, **chosen) as up,
                watching(up.url) as prometheus,
                traffic(up.url, up.client.headers["Authorization"], photo) as callers,
            ):
                # Until what was slow at the start has left the short windows.
                callers.flow(calm_seconds=6.0)
                yield Watched(up, server, prometheus, photo)
        finally:
            server.stop()
