"""What the photos of a request showed, and what was decided: numbers, all that is logged of it."""

from collections import Counter
from dataclasses import dataclass, field

from deployments.messages.embedder import Analysis
from deployments.messages.matcher import Decision
from deployments.policies.policy import CALLERS_OWN


@dataclass(slots=True)
class Findings:
    """The sums over the photos of a request; what was not looked at is not told as none."""

    photos: int = 0
    analysed: int = 0
    image_bytes: int = 0
    image_pixels: int = 0
    faces: int = 0
    decisions: Counter[Decision] = field(default_factory=Counter)
    policy: str | None = None

    def sent(self, data: bytes) -> None:
        """Count a photo that is about to be analysed."""
        self.photos += 1
        self.image_bytes += len(data)

    def saw(self, analysis: Analysis) -> None:
        """Count what was found in it."""
        self.analysed += 1
        self.image_pixels += analysis.width * analysis.height
        self.faces += len(analysis.faces)

    def decided(self, decision: Decision, policy: str | None) -> None:
        """Count a decision, and note by which policy it was made; None: the caller's own."""
        self.decisions[decision] += 1
        self.policy = policy or CALLERS_OWN

    def told(self) -> dict[str, object]:
        """Return the fields of a line; None is what this request did not come to."""
        return {
            "photos": self.photos or None,
            "image_bytes": self.image_bytes if self.photos else None,
            "image_pixels": self.image_pixels if self.analysed else None,
            "faces": self.faces if self.analysed else None,
            "decisions": dict(self.decisions) or None,
            "policy": self.policy,
        }
