"""What the Dockerfile and docker-compose.yml promise; no engine is needed to read them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
# What the last stage does; the stage before it is thrown away.
IMAGE = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[-1]


def test_the_image_runs_as_nobody_in_particular() -> None:
    """The last user is a number that is not root's, so that Kubernetes can see it too."""
    users = re.findall(r"^USER (\S+)$", IMAGE, re.MULTILINE)

    assert users
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    assert re.search(rf"useradd .*--uid {users[-1].partition(':')[0]} ", IMAGE)


def test_the_image_asks_for_rays_token_and_holds_no_secret() -> None:
    """Ray's authentication is on, and neither ENV nor ARG names a secret."""
    environment = set(re.findall(r"\b([A-Z_]+)=(\S+)", " ".join(_instructions("ENV"))))

    assert ("RAY_AUTH_MODE", "token") in environment
    assert not [name for name, _ in environment if _secret(name)]
    assert not _instructions("ARG")


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_contained(name: str) -> None:
    """Read-only, without capabilities or new privileges, bounded in memory and processes."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert 0 < service["pids_limit"] <= 4096
    assert service["mem_limit"]
    assert service.get("user", "") not in {"root", "0"}
    assert not service.keys() & {"privileged", "network_mode", "pid", "devices"}


def test_logs_do_not_fill_memory_or_disk() -> None:
    """Ray's files lie in memory and are rotated; so is what the engine keeps of standard output."""
    assert re.search(r"\bRAY_ROTATION_MAX_BYTES=[1-9]\d{3,7}\b", IMAGE)
    assert {service["logging"]["driver"] for service in SERVICES.values()} == {"local"}


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_is_in_an_environment(name: str) -> None:
    """Secrets are files: what is named like one in an environment names a file of it."""
    environment = SERVICES[name].get("environment", {})
    named = {key: value for key, value in environment.items() if _secret(key)}

    assert all(value.startswith("/run/secrets/") for value in named.values())
    assert not re.search(r"://[^/]*:[^/]*@", str(environment))
    assert set(SERVICES[name].get("secrets", ())) <= COMPOSE["secrets"].keys()


@pytest.mark.parametrize("name", OURS)
def test_the_service_finds_its_secrets(name: str) -> None:
    """Each file is named like a setting that is a secret, in the folder that is read."""
    service = SERVICES[name]
    fields = {secret.removeprefix("facegraph_") for secret in service["secrets"]}

    assert service["environment"]["FACEGRAPH_SECRETS_DIR"] == "/run/secrets"
    assert service["environment"]["RAY_AUTH_MODE"] == "token"
    assert fields <= Settings.model_fields.keys()
    assert fields >= {"jwt_secret", "admin_password", "database_password"}


def test_secrets_stay_out_of_the_image_and_of_the_repository() -> None:
    """Their folder is one that git and the image's build ignore."""
    files = [Path(secret["file"]) for secret in COMPOSE["secrets"].values()]

    assert {str(path.parent) for path in files} == {"secrets"}
    assert "/secrets/" in (ROOT / ".gitignore").read_text().split()
    assert (ROOT / ".dockerignore").read_text().split()[0] == "*"


def test_ports_are_published_on_loopback() -> None:
    """One of the service, one of each that watches it, and none of the database."""
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    ports = {name: port.rpartition(":")[2] for name, (port,) in published.items()}

    assert ports == {"service": "8000", "prometheus": "9090", "grafana": "3000"}
    assert all(port.startswith("127.0.0.1:") for (port,) in published.values())


@pytest.mark.parametrize("name", ["prometheus", "grafana"])
def test_what_watches_is_asked_for(name: str) -> None:
    """It comes up with its profile alone, at a version that is named, on files that are there."""
    service = SERVICES[name]
    mounted = [each.split(":") for each in service["volumes"] if each.startswith("./")]

    assert service["profiles"] == ["observability"]
    assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", service["image"])
    assert mounted
    assert [each for each in mounted if not (ROOT / each[0]).exists() or each[2] != "ro"] == []


def test_grafana_finds_prometheus_and_the_dashboard() -> None:
    """What it is provisioned with names services and folders of the compose file."""
    provisioned = ROOT / "config/observability/grafana/provisioning"
    (source,) = _read(provisioned / "datasources/prometheus.yml")["datasources"]
    (provider,) = _read(provisioned / "dashboards/facegraph.yml")["providers"]
    (job,) = _read(ROOT / "config/observability/prometheus.yml")["scrape_configs"]
    mounted = dict(each.split(":")[1::-1] for each in SERVICES["grafana"]["volumes"])

    assert source["url"] == "http://prometheus:9090"
    assert job["static_configs"] == [{"targets": ["service:8000"]}]
    assert list((ROOT / mounted[provider["options"]["path"]]).glob("*.json"))


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return document


def _instructions(kind: str) -> list[str]:
    return re.findall(rf"^{kind} (.*)$", IMAGE, re.MULTILINE)


def _secret(name: str) -> bool:
    return bool(re.search(r"SECRET(_|$)|PASSWORD|TOKEN", name))
