"""People for the tests: directions in space, and photos scattered about each."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.findings import Machinery
from evaluation.calibration.templates import Failure, Templates

MACHINERY = Machinery(
    "opencv_zoo", "0" * 64, "1-640-twice", 32, "onnxruntime", "standard", {"numpy": "2"}, "abc"
)


@dataclass(frozen=True)
class Crowd:
    """So many people with so many photos; `spread` scatters photos, `dimensions` people."""

    people: int = 60
    photos: int = 3
    spread: float = 0.6
    dimensions: int = 32
    seed: int = 0

    def vectors(self) -> NDArray[np.float32]:
        """Return the photos' vectors, a person's one after another."""
        rng = np.random.default_rng(self.seed)
        centres = unit(rng.normal(size=(self.people, self.dimensions)))
        photos = np.repeat(centres, self.photos, axis=0)
        noise = unit(rng.normal(size=photos.shape))
        return unit(photos + self.spread * noise).astype(np.float32)

    def names(self) -> tuple[str, ...]:
        """Return whom each photo shows."""
        return tuple(f"p{at:04d}" for at in range(self.people) for _ in range(self.photos))

    def templates(self, failures: tuple[Failure, ...] = ()) -> Templates:
        """Return all of it as templates."""
        names = self.names()
        photos = tuple(digest(f"{self.seed} {at}") for at in range(len(names)))
        return Templates(names, photos, self.vectors(), failures)


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each the length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def digest(text: str) -> str:
    """Return a digest as of a photo."""
    return hashlib.sha256(text.encode()).hexdigest()
