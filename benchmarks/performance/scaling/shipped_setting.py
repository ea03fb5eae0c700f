"""What `serve_config.yaml` ships of the Embedder: replicas, threads of each, photos in a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SHIPPED = Path(__file__).parents[3] / "serve_config.yaml"


@dataclass(frozen=True, slots=True)
class ShippedSetting:
    """The most replicas, what they are granted, and the largest batch."""

    max_replicas: int
    num_cpus: float
    max_batch_size: int

    @property
    def threads(self) -> int:
        """The threads of a replica: the whole CPUs of its share, at least one."""
        return max(1, int(self.num_cpus))


def shipped_setting(path: Path = SHIPPED) -> ShippedSetting:
    """Read it from the file."""
    document = yaml.safe_load(path.read_text())
    deployments = document["applications"][0]["deployments"]
    embedder: Mapping[str, Any] = next(each for each in deployments if each["name"] == "Embedder")
    return ShippedSetting(
        max_replicas=embedder["autoscaling_config"]["max_replicas"],
        num_cpus=embedder["ray_actor_options"]["num_cpus"],
        max_batch_size=embedder["user_config"]["max_batch_size"],
    )
