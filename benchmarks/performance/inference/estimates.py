"""What multiply-adds take by the kind of network, and how well they tell of the default pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.performance.inference.rivals import SHIPPED
from cli.capacity.figures import NetworkCost
from cli.capacity.packs import WORK, Kind
from deployments.vision.catalogue import DEFAULT

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What multiply-adds say of both networks of a pack, and what it took; CPU ms a photo."""

    predicted_ms: float
    measured_ms: float

    @property
    def error(self) -> float:
        """How far off the prediction is, as a share of what was measured."""
        return self.predicted_ms / self.measured_ms - 1


def as_shipped(found: Found) -> Mapping[str, float]:
    """Return the stages of a portrait on one core, as shipped: milliseconds."""
    stages: Mapping[str, float] = found["race"]["portraits"][0][SHIPPED]["stages"]
    return stages


def per_gmac(found: Found) -> dict[Kind, NetworkCost]:
    """Return the milliseconds 10⁹ multiply-adds take; dense ones as in the dense network."""
    stages, work, dense = as_shipped(found), found["work"], found["dense"]
    dense_ms = dense["CPU ms"] / dense["gmacs"]
    return {
        "separable": NetworkCost(
            detect_ms=stages["detect"] / work["detector"],
            embed_ms=stages["embed"] / work["recogniser"],
        ),
        "dense": NetworkCost(detect_ms=dense_ms, embed_ms=dense_ms),
    }


def of_default_pack(found: Found) -> Estimate:
    """Compare what is told of the default pack by the pack at hand with what it took."""
    rate, work = per_gmac(found)["separable"], WORK[DEFAULT]
    looked_at = work.detector.gmacs_of(found["work"]["detector pixels"])
    stages = found["default pack"]["stages"]
    return Estimate(
        rate.detect_ms * looked_at + rate.embed_ms * work.recogniser.gmacs,
        stages["detect"] + stages["embed"],
    )
