"""`serve_config.yaml` is read strictly."""

import re
import textwrap
from pathlib import Path

import pytest
import yaml
from ray._common.utils import load_class
from ray._private import ray_constants

from config import standard_logs
from config.serve_environment import serve_environment
from deployments.arguments import IngressTuning
from deployments.configuration import ConfigurationRefused, gpus_asked, longest_answer, read

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "serve_config.yaml"


def test_shipped_file_is_good() -> None:
    """Every key of the file we ship is known to Ray Serve or to us."""
    assert read(SHIPPED).applications[0].import_path == "deployments.graph:build"


@pytest.mark.parametrize(
    ("written", "mistyped", "named"),
    [
        ("request_timeout_s", "requests_timeout", "requests_timeout"),
        ("max_ongoing_requests: 256  #", "max_ongoing_request: 256  #", "Ingress"),
        ("target_ongoing_requests: 64", "target_num_ongoing: 64", "target_num_ongoing"),
        ("num_cpus: 0.4", "num_cpu: 0.4", "num_cpu"),
        ("max_backoff_s: 0.02      #", "max_backof_s: 0.02  #", "max_backof_s"),
        ("max_batch_size: 8", "max_batch: 8", "max_batch"),
        ("pool_size: 8", "pool_size: 0", "pool_size"),
        ("hard_stop: 50", "hard_stops: 50", "hard_stops"),
        ("free: 5", "free: 0", "free"),
        ("free: 5", "free: 60", "hard stop"),
        ("pack: opencv_zoo", "packs: opencv_zoo", "packs"),
        ("device: auto", "device: gpu", "device"),
        ("liveness: null ", "liveness: 7 ", "liveness"),
        ("name: Matcher", "name: Macher", "Macher"),
        ("proxy_location: EveryNode", "proxy_location: Everywhere", "proxy_location"),
        ("applications:", "applications: [", "x.yaml"),
        ('image: ["300/second"]', 'image: ["300 a second"]', "image"),
        ('image: ["300/second"]', 'image: ["0/second"]', "image"),
        ('image: ["300/second"]', 'image: ["9/second", "8/second"]', "image"),
        ('image: ["300/second"]', 'image: ["9/2 days"]', "image"),
        ("sources: 100", "sources: -1", "sources"),
        ("log_in: [", "login: [", "login"),
        ("num_replicas: 1  ", "num_replicas: 2  ", "Limiter"),
        ("num_replicas: 1            # exactly one; no", "num_replicas: 2  # no", "Telemetry"),
        ("num_replicas: 1  ", "autoscaling_config: {max_replicas: 2}  ", "Limiter"),
    ],
)
def test_mistake_is_named(tmp_path: Path, written: str, mistyped: str, named: str) -> None:
    """A key nobody knows, or a value nobody can use, is refused by name."""
    text = SHIPPED.read_text()
    assert written in text
    path = tmp_path / "x.yaml"
    path.write_text(text.replace(written, mistyped, 1))

    with pytest.raises(ConfigurationRefused, match=named):
        read(path)


def test_user_config_only_where_it_is_read(tmp_path: Path) -> None:
    """The Limiter takes no `user_config`; giving it one is a mistake."""
    path = tmp_path / "x.yaml"
    text = SHIPPED.read_text()
    path.write_text(
        text.replace("- name: Limiter  ", "- name: Limiter\n        user_config: {a: 1} ")
    )

    with pytest.raises(ConfigurationRefused, match="user_config"):
        read(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is named."""
    with pytest.raises(ConfigurationRefused, match="nowhere"):
        read(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(("line", "share"), [("num_gpus: 0.5", 0.5), ("num_cpus: 0.4", 0.0)])
def test_the_embedders_share_of_a_gpu_is_read(tmp_path: Path, line: str, share: float) -> None:
    """What is asked for under the Embedder is what the start is checked against."""
    path = tmp_path / "serve_config.yaml"
    path.write_text(SHIPPED.read_text().replace("num_cpus: 0.4", line))
    assert gpus_asked(read(path)) == share


def test_documented_identity_provider() -> None:
    """What the operator is told to write for their identity provider is what is read."""
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    (block,) = re.findall(r"```yaml\n( +- name: Ingress\n.*?)```", page, re.DOTALL)
    (deployment,) = yaml.safe_load(textwrap.dedent(block))
    tuning = IngressTuning.model_validate(deployment["user_config"])

    assert [each.name for each in tuning.identity_providers] == ["company"]


@pytest.mark.parametrize(("line", "seconds"), [("graceful_shutdown_timeout_s: 7", 7), ("", 20)])
def test_how_long_an_answer_may_take_at_the_end(tmp_path: Path, line: str, seconds: float) -> None:
    """It is the Ingress's, wherever it stands in the file, and Ray's own where nothing is said."""
    document = yaml.safe_load(SHIPPED.read_text())
    deployments = document["applications"][0]["deployments"]
    ingress = next(each for each in deployments if each["name"] == "Ingress")
    del ingress["graceful_shutdown_timeout_s"]
    ingress |= yaml.safe_load(line) or {}
    document["applications"][0]["deployments"] = deployments[::-1]
    path = tmp_path / "serve_config.yaml"
    path.write_text(yaml.safe_dump(document))

    assert longest_answer(read(path)) == seconds


def test_ray_calls_what_gives_its_lines_our_form() -> None:
    """Ray reads the variable under this name, and finds what it names.

    Ray ends a worker whose hook cannot be found, so none would start.
    """
    name = ray_constants.WORKER_PROCESS_SETUP_HOOK_ENV_VAR

    assert load_class(serve_environment()[name]) is standard_logs.adopt
