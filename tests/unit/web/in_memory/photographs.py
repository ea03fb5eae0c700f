"""The embedder in memory."""

from deployments.errors import FacegraphError
from deployments.messages.embedder import (
    Analysis,
    Face,
    LivenessCard,
    Model,
    ModelCard,
    ModelFile,
    Photo,
)
from tests.unit.web.in_memory.toys import MODEL, face, unit


class Photographs:
    """An embedder that was told beforehand what each photo shows."""

    def __init__(self) -> None:
        self.shows: dict[bytes, tuple[Face, ...] | FacegraphError] = {}
        self.error: Exception | None = None
        self.budgets: list[float] = []
        self.photos: list[Photo] = []
        self.stages = {"queue": 0.001, "decode": 0.002}
        self.models: dict[bytes, Model] = {}
        self.liveness: LivenessCard | None = None

    async def analyse(self, photo: Photo, *, budget: float) -> Analysis:
        """Return the faces this photo was said to show; of others, one."""
        self.budgets.append(budget)
        self.photos.append(photo)
        if self.error is not None:
            raise self.error
        shown = self.shows.get(photo.data, (face(unit(1, 0, 0, 0)),))
        if isinstance(shown, FacegraphError):
            raise shown
        model = self.models.get(photo.data, MODEL)
        return Analysis(640, 480, shown[: photo.max_faces], model, dict(self.stages))

    async def card(self, *, budget: float) -> ModelCard:
        """Return the card of the toy pack."""
        self.budgets.append(budget)
        if self.error is not None:
            raise self.error
        files = (ModelFile("detector", "toy.onnx", "1" * 64),)
        return ModelCard(MODEL, "MIT", True, files, "cpu", "CPUExecutionProvider", self.liveness)
