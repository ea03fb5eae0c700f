"""A service of two ingress replicas, with low limits, a company's own tokens, and closed metrics.

Like the configurations of before, its own does not name the Telemetry node.
"""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.unit.web.company import described

if TYPE_CHECKING:
    from tests.acceptance.conftest import Running

SHIPPED = Path(__file__).parents[2] / "serve_config.yaml"
REPLICAS = 2
# What the limits are lowered to: bursts of `other`, a steady stream of `image`.
BURST, LONG_SECONDS = 30, 30
STEADY = 10
ISSUER = "https://login.company.test/"
COMPANY = rsa.generate_private_key(65537, 2048)
TOKEN = "what the scraper of the tests shows"


def environment(folder: Path) -> dict[str, str]:
    """Write the configuration and the company's keys to a folder; return what leads there."""
    path = folder / "two_replicas.yaml"
    path.write_text(yaml.safe_dump(lowered(folder)))
    return {"FACEGRAPH_SERVE_CONFIG": str(path), "FACEGRAPH_METRICS_TOKEN": TOKEN}


def lowered(folder: Path) -> dict[str, Any]:
    """Return the shipped configuration with low limits, two ingress replicas, and a company."""
    document: dict[str, Any] = yaml.safe_load(SHIPPED.read_text())
    ingress, *_, telemetry = document["applications"][0]["deployments"]
    assert telemetry["name"] == "Telemetry"
    del document["applications"][0]["deployments"][-1]
    ingress["autoscaling_config"] |= {"min_replicas": REPLICAS, "max_replicas": REPLICAS}
    ingress["user_config"]["rate_limits"] |= {
        "other": [f"{BURST}/{LONG_SECONDS} seconds"],
        "image": [f"{STEADY}/second"],
        "log_in": ["3/minute"],
        "address": ["3/minute"],
    }
    keys = folder / "keys.json"
    keys.write_text(json.dumps({"keys": [described(COMPANY, "k1")]}))
    ingress["user_config"]["identity_providers"] = [
        {
            "name": "company",
            "issuer": ISSUER,
            "audience": "facegraph",
            "jwks": str(keys),
            "grants": [
                {"claim": "groups", "value": "guard", "role": "verifier", "collections": ["lobby"]}
            ],
        }
    ]
    return document


def named(up: "Running", node: str) -> list[psutil.Process]:
    """Return the replicas of a node."""
    return [each for each in up.processes() if f"facegraph:{node}" in _command(each)]


def _command(process: psutil.Process) -> str:
    """Return how it was started; nothing of one that has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def logged(up: "Running") -> list[str]:
    """Return what each ingress replica has written so far."""
    (folder,) = re.findall(r"^  logs +(\S+)$", (up.data_dir / "up.log").read_text(), re.MULTILINE)
    return [
        file.read_text()
        for process in named(up, "Ingress")
        for file in Path(folder).glob(f"worker-*-{process.pid}.err")
    ]


def lines(up: "Running") -> list[int]:
    """Return how many requests each ingress replica has answered."""
    return [len(re.findall('"event": "(?:request|refused)"', text)) for text in logged(up)]
