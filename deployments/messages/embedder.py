"""What the embedder is sent and answers: photos, the faces found, and the models that find them.

Boxes and landmarks are in pixels of the upright image. Vectors are float32 and of unit length.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from deployments.hints import hint_for
from deployments.messages.sharing import Flow, Origin

Vector = NDArray[np.float32]
QualityGate = Literal["off", "standard", "strict"]
Embed = Literal["none", "largest", "all"]
Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Model:
    """The pack that made a vector, and the similarities above which it provisionally says yes.

    `pipeline` is the version of all around its networks, as `vision/version.py` tells it.
    """

    pack: str
    digest: str
    dimension: int
    verify_threshold: float
    identify_threshold: float
    pipeline: str = ""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One weights file of a pack, by the digest of what was published."""

    role: Literal["detector", "recogniser"]
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LivenessCard:
    """The liveness model that is loaded; from `threshold` on a face's score means live."""

    name: str
    digest: str
    licence: str
    commercial_use: bool
    threshold: float


@dataclass(frozen=True, slots=True)
class ModelCard:
    """All that `GET /v1/models` tells of a pack; `liveness` is None where no such model is."""

    model: Model
    licence: str
    commercial_use: bool
    files: tuple[ModelFile, ...]
    device: str
    engine: str
    liveness: LivenessCard | None = None


@dataclass(frozen=True, slots=True)
class Photo:
    """One encoded image and what is wanted of it.

    `liveness` asks for a check of the faces that are embedded, which is made where a model for it
    is loaded.
    """

    data: bytes
    max_faces: int = 100
    embed: Embed = "none"
    gate: QualityGate = "standard"
    liveness: bool = False
    flow: Flow = Flow()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Pose:
    """Head rotation in degrees, estimated from five landmarks; 0, 0, 0 looks at the camera."""

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How fit a face is to be compared; `reasons` names what the gate asked for would refuse."""

    score: float
    sharpness: float
    brightness: float
    pose: Pose
    size: float
    reasons: tuple[str, ...] = ()
    outside: float = 0.0

    @property
    def hint(self) -> str | None:
        """What a person can do about the reasons; None where there are none."""
        return hint_for(self.reasons)


@dataclass(frozen=True, slots=True)
class Liveness:
    """What a check made of one face; `score` is in 0..1, and 1 is surely live.

    The score is for the metrics alone: whoever is told it can climb it, photo by photo.
    """

    score: float
    live: bool


@dataclass(frozen=True, slots=True)
class Face:
    """One detected face; `vector` and `liveness` are there only where they were asked for."""

    bbox: Box
    landmarks: tuple[Point, Point, Point, Point, Point]
    score: float
    quality: Quality
    vector: Vector | None = None
    liveness: Liveness | None = None

    @property
    def live(self) -> bool | None:
        """Whether the face is live; None where nothing checked it."""
        return self.liveness.live if self.liveness else None

    @property
    def area(self) -> float:
        """The box's area in square pixels."""
        left, top, right, bottom = self.bbox
        return (right - left) * (bottom - top)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the embedder found in one photo, largest face first; stages in seconds."""

    width: int
    height: int
    faces: tuple[Face, ...]
    model: Model
    stages: dict[str, float] = field(default_factory=dict)
