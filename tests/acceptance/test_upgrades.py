"""A service is brought to another version while it is asked, and no request is lost over it."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.serve_environment import free_ports, haproxy_available
from tests.acceptance.conftest import Running, eventually, send
from tests.acceptance.light_traffic import light_traffic
from tests.acceptance.production import Cluster, cluster, deployment, shipped
from tests.acceptance.releases import change, confused_pack, release
from tests.acceptance.two_replicas import named
from tests.traffic import Traffic

pytestmark = pytest.mark.skipif(
    not haproxy_available(), reason="what a rollout loses without HAProxy was not looked at"
)

Document = dict[str, Any]

INTERVAL_SECONDS = 0.5  # Between two requests of a caller.
NODES = ("Ingress", "Embedder", "Matcher", "Limiter", "Telemetry")


@pytest.fixture(scope="module")
def production() -> Iterator[tuple[Cluster, Running]]:
    """Give a cluster with the shipped configuration rolled out, and its admin."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        port = free_ports(1)[0]
        with cluster(Path(folder), port) as made:
            made.roll_out(shipped(port))
            with closing((up := made.log_in()).client):
                yield made, up


@pytest.fixture
def made(production: tuple[Cluster, Running]) -> Cluster:
    """Give the cluster, which goes from test to test with what was rolled out last."""
    return production[0]


@pytest.fixture
def up(production: tuple[Cluster, Running]) -> Running:
    """Give the service on it, as its admin sees it."""
    return production[1]


@pytest.fixture
def callers(up: Running, portrait: bytes) -> Iterator[Traffic]:
    """Ask all the while, and for some seconds more: each answer is good, and nothing is lost."""
    with light_traffic(up, portrait, INTERVAL_SECONDS) as asking:
        asking.flow()
        yield asking
        asking.flow(calm_seconds=3)
    assert asking.bad() == []
    asking.assert_nothing_lost()


def version(url: str) -> str:
    """Return which release answers."""
    told: str = httpx.get(f"{url}/openapi.json", timeout=30).json()["info"]["version"]
    return told


def from_folder(document: Document, folder: Path) -> Document:
    """Let the application run the release in a folder."""
    document["applications"][0]["runtime_env"] = {"env_vars": {"PYTHONPATH": str(folder)}}
    return document


@pytest.mark.usefixtures("callers")
def test_new_code_is_rolled_out(made: Cluster, up: Running, tmp_path: Path) -> None:
    """Every replica is replaced by one of the new release, under load."""
    before = [made.replicas(node) for node in NODES]
    made.roll_out(from_folder(made.document(), release(tmp_path / "two", "2")))

    after = [made.replicas(node) for node in NODES]
    assert all(not set(old) & set(new) for old, new in zip(before, after, strict=True))
    assert version(up.url) == "2"


@pytest.mark.usefixtures("callers")
def test_tuning_reaches_running_replicas(made: Cluster, up: Running, portrait: bytes) -> None:
    """A changed `user_config` holds without a restart, under load."""
    before = [made.replicas(node) for node in NODES]
    document = made.document()
    deployment(document, "Ingress")["user_config"]["rate_limits"]["image"] = ["299/second"]
    deployment(document, "Embedder")["user_config"]["max_batch_size"] = 4
    deployment(document, "Matcher")["user_config"]["pool_size"] = 4
    made.roll_out(document)

    answer = send(up.client, "/v1/faces/detect", portrait)
    assert "q=299" in answer.headers["RateLimit-Policy"]
    assert [made.replicas(node) for node in NODES] == before


@pytest.mark.long
@pytest.mark.usefixtures("callers")
def test_changed_arguments_replace_replicas(made: Cluster) -> None:
    """A change of `args` reaches all four nodes, one replica after the other, under load."""
    before = [made.replicas(node) for node in NODES]
    document = made.document()
    document["applications"][0]["args"]["detector_size"] = 320
    made.roll_out(document)

    after = [made.replicas(node) for node in NODES]
    assert all(not set(old) & set(new) for old, new in zip(before, after, strict=True))


def raising(document: Document, folder: Path) -> Document:
    """Roll out a release whose Matcher cannot be made."""
    broken = release(folder / "broken", "broken")
    constructor = "        environment = settings()\n"
    change(broken / "deployments/matcher.py", constructor, "        raise RuntimeError('broken')\n")
    return from_folder(document, broken)


def confusing(document: Document, folder: Path) -> Document:
    """Roll out a pack that takes people for one another."""
    pack = str(confused_pack(folder / "confused"))
    document["applications"][0]["args"] |= {"pack": pack, "engine": "onnxruntime"}
    return document


def unreadable(document: Document, folder: Path) -> Document:
    """Roll out a release that cannot be imported."""
    broken = release(folder / "unreadable", "broken")
    (broken / "deployments/graph.py").write_text("raise RuntimeError('broken')\n")
    return from_folder(document, broken)


@pytest.mark.long
@pytest.mark.usefixtures("callers")
@pytest.mark.parametrize(
    ("broken", "node", "said"),
    [
        (raising, "Matcher", "RuntimeError: broken"),
        (confusing, "Embedder", "people of the canary photo for one another"),
        (unreadable, "Ingress", "RuntimeError: broken"),
    ],
)
def test_a_broken_version_does_not_get_far(
    made: Cluster,
    up: Running,
    tmp_path: Path,
    broken: Callable[[Document, Path], Document],
    node: str,
    said: str,
) -> None:
    """Its rollout stops, and the status says why; the node it breaks goes on as it was.

    Deploying the version before heals the rest.
    """
    good, before = made.document(), set(named(up, node))
    made.deploy(broken(made.document(), tmp_path))
    eventually(lambda: made.application()["status"] == "DEPLOY_FAILED", 120)

    assert said in json.dumps(made.application())
    assert before <= set(named(up, node))
    made.roll_out(good)


@pytest.mark.long
def test_not_ready_before_a_known_face_matches(tmp_path: Path) -> None:
    """While the canary fails, 503 names the embedder; a good pack heals."""
    with tempfile.TemporaryDirectory(prefix="fg-") as folder:
        port = free_ports(1)[0]
        with cluster(Path(folder), port) as first:
            first.deploy(confusing(shipped(port), tmp_path))
            eventually(lambda: first.application()["status"] == "DEPLOY_FAILED", 120)
            answer = httpx.get(f"{first.url}/v1/health/ready", timeout=10)
            said = json.dumps(first.application())
            first.roll_out(shipped(port))
            healed = httpx.get(f"{first.url}/v1/health/ready", timeout=10)

    assert answer.status_code == 503
    assert answer.json()["checks"]["embedder"] == "failing"
    assert "people of the canary photo for one another" in said
    assert (healed.status_code, healed.json()["checks"]["embedder"]) == (200, "ok")
