"""A real Prometheus on a service, with the shipped rules sixty times as fast.

What takes minutes there takes seconds here: each window, each `for` and each offset is a sixtieth,
and the service is scraped every second. Expressions and thresholds are those that are shipped.
"""

import math
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from config.serve_environment import free_ports
from tests.acceptance.conftest import ROOT, eventually

SHIPPED = ROOT / "config/observability"
FASTER = 60
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def program(name: str) -> str:
    """Return where a program of Prometheus is; skips the test where it is not."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: apt-get install prometheus")
    return found


def shortened(duration: str) -> str:
    """Return a sixtieth of a duration, a second at least."""
    return f"{max(1, int(duration[:-1]) * SECONDS[duration[-1]] // FASTER)}s"


def shortened_rules() -> dict[str, Any]:
    """Return the shipped rules with all that they wait for cut short."""
    document: dict[str, Any] = yaml.safe_load((SHIPPED / "rules.yml").read_text("utf-8"))
    for group in document["groups"]:
        if "interval" in group:
            group["interval"] = shortened(group["interval"])
    for rule in (rule for group in document["groups"] for rule in group["rules"]):
        rule["expr"] = re.sub(
            r"((?<=\[)|(?<=offset ))\d+[smhd]\b",
            lambda match: shortened(match.group()),
            rule["expr"],
        )
        if "for" in rule:
            rule["for"] = shortened(rule["for"])
    return document


def configuration(target: str, rules: Path) -> dict[str, Any]:
    """Return the shipped configuration for another service, and its rules every second."""
    document: dict[str, Any] = yaml.safe_load((SHIPPED / "prometheus.yml").read_text("utf-8"))
    document["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    document["rule_files"] = [str(rules)]
    document["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
    return document


@dataclass(frozen=True)
class Prometheus:
    """One that runs."""

    url: str

    def ready(self) -> bool:
        """Tell whether it answers yet."""
        try:
            return httpx.get(f"{self.url}/-/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def firing(self) -> set[str]:
        """Return the alerts that fire."""
        alerts = self._get("alerts")["alerts"]
        return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}

    def has_data(self, expression: str, since: float, until: float) -> bool:
        """Tell whether a panel with this query would show anything of that time (Unix s)."""
        asked = {"query": expression, "start": since, "end": until, "step": 1}
        found = self._get("query_range", **asked)["result"]
        return any(math.isfinite(float(value)) for each in found for _, value in each["values"])

    def _get(self, what: str, **asked: Any) -> Any:
        answer = httpx.get(f"{self.url}/api/v1/{what}", params=asked, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@contextmanager
def watching(url: str) -> Iterator[Prometheus]:
    """Start Prometheus on a service, and end it with the block."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with tempfile.TemporaryDirectory(prefix="fg-") as name:
        folder = Path(name)
        rules, config = folder / "rules.yml", folder / "prometheus.yml"
        rules.write_text(yaml.safe_dump(shortened_rules()))
        config.write_text(yaml.safe_dump(configuration(urlsplit(url).netloc, rules)))
        command = [
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            prometheus = Prometheus(f"http://{address}")
            eventually(prometheus.ready)
            yield prometheus
        finally:
            process.terminate()
            process.wait(timeout=60)
