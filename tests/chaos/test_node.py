"""A whole node of two is gone."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

from cli import leftovers
from config.serve_environment import free_ports
from tests.acceptance.conftest import PASSWORD, ROOT, Running, facegraph
from tests.acceptance.models import put_models
from tests.chaos.conftest import Dying
from tests.chaos.surroundings import NODES, REPLICAS, Server, configured, replicas

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


@pytest.fixture
def two_nodes(elsewhere: Server) -> Iterator[Running]:
    """Give a service with a replica of each kind on each of two nodes."""
    with tempfile.TemporaryDirectory(prefix="fg-") as name:
        folder = Path(name)
        put_models(folder)
        port = free_ports(1)[0]
        chosen = {
            "DATABASE_URL": elsewhere.url,
            "FACEGRAPH_DATA_DIR": name,
            "FACEGRAPH_ADMIN_PASSWORD": PASSWORD,
            "FACEGRAPH_BCRYPT_ROUNDS": "4",
            leftovers.MARK: leftovers.mark(folder),
        }
        environment = os.environ | chosen
        subprocess.run(facegraph("migrate"), env=environment, check=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.two_nodes", str(spread(folder, port))],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert answer(process) == f"http://127.0.0.1:{port}"
            up = Running(f"http://127.0.0.1:{port}", folder, process)
            yield up
            up.client.close()
            process.communicate(timeout=60)
        finally:
            leftovers.end(leftovers.marked(folder))


def spread(folder: Path, port: int) -> Path:
    """Write a configuration that puts one replica of each kind on each node."""
    document = configured(REPLICAS)
    document["http_options"]["port"] = port
    for each in document["applications"][0]["deployments"]:
        if each["name"] in NODES:
            each["max_replicas_per_node"] = 1
    path = folder / "spread.yaml"
    path.write_text(yaml.safe_dump(document))
    return path


def lose_the_second(up: Running) -> None:
    """Take the second node away; returns when the last of its processes has noticed."""
    raylets = [each for each in up.processes() if each.name() == "raylet"]
    lost = max(raylets, key=psutil.Process.create_time).children()
    tell(up, "remove")
    _, alive = psutil.wait_procs(lost, timeout=30)
    assert alive == []


def tell(up: Running, line: str) -> None:
    """Have something done to the cluster; returns when it is."""
    assert up.process.stdin is not None
    up.process.stdin.write(f"{line}\n".encode())
    up.process.stdin.flush()
    assert answer(up.process) == "done"


def answer(process: subprocess.Popen[bytes]) -> str:
    """Return the next line that the cluster says."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def test_a_node_is_lost(two_nodes: Running, death: Dying) -> None:
    """The other node serves alone; with a new one all replicas are there again."""
    with death(two_nodes, "one of two nodes, lost") as each:
        each.strike(lambda: lose_the_second(two_nodes))
        each.callers.flow(calm_seconds=3)
        tell(two_nodes, "add")
        each.heal(
            "the other node serves alone; a new one gets the replicas that are missing",
            lambda: all(len(replicas(two_nodes, node)) == REPLICAS for node in NODES),
        )
    each.assert_cut_off_at_most_in_flight()
