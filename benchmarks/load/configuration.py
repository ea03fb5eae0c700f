"""The serve_config.yaml to measure load with: one replica of each node, limits out of the way.

Limits are raised and not removed, so that counting costs what it costs. Replicas are fixed because
a second one, on the one core that there is, would only start in the middle of a measurement.
"""

from pathlib import Path

import yaml

SHIPPED = Path(__file__).parents[2] / "serve_config.yaml"
OUT_OF_THE_WAY = ["100000/second"]
LIFTED = ("image", "other")


def under_load(text: str) -> str:
    """Return the configuration with what would stop a load test taken out of its way."""
    document = yaml.safe_load(text)
    for deployment in document["applications"][0]["deployments"]:
        if "autoscaling_config" in deployment:
            deployment["autoscaling_config"] |= {"min_replicas": 1, "max_replicas": 1}
        limits = deployment.get("user_config", {}).get("rate_limits", {})
        limits |= {name: OUT_OF_THE_WAY for name in LIFTED if name in limits}
    return yaml.safe_dump(document, sort_keys=False)
