"""A pipeline for photos that are words; it fails as its photos say."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deployments.errors import FacegraphError, Unavailable, UndecodableImage
from deployments.messages.embedder import Analysis, Face, Model, Photo, Pose, Quality, Vector

MODEL = Model("words", "sha256:" + "d" * 64, 4, 0.3, 0.4)
LANDMARKS = ((1.0, 1.0), (2.0, 1.0), (1.5, 1.5), (1.2, 2.0), (1.8, 2.0))


def photo(path: Path, words: str) -> Path:
    """Write a photo, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)
    return path


def vector_of(words: str) -> Vector:
    """Return the vector of a face: the same words, the same vector."""
    drawn = np.random.default_rng(list(words.encode())).standard_normal(MODEL.dimension)
    return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


class Pipelines:
    """Words in, analyses out: a `face` has a vector, `nobody` none, `small face` is refused."""

    def __init__(self) -> None:
        self.asked: list[Photo] = []
        self.dies_after: int | None = None

    def analyse(self, photos: Sequence[Photo]) -> list[Analysis | FacegraphError]:
        """Analyse each photo, until it dies."""
        if self.dies_after is not None and len(self.asked) >= self.dies_after:
            raise Unavailable("Photos cannot be decoded at the moment.")
        self.asked += photos
        return [_analysed(each) for each in photos]


def _analysed(asked: Photo) -> Analysis | FacegraphError:
    words = asked.data.decode()
    if words == "damaged":
        return UndecodableImage("The image is damaged or incomplete.")
    refused = ("too_small", "blurred") if words == "small face" and asked.gate != "off" else ()
    quality = Quality(0.9, 3.0, 0.5, Pose(0, 0, 0), 100.0, refused)
    face = Face((0.0, 0.0, 4.0, 4.0), LANDMARKS, 0.9, quality, vector_of(words))
    return Analysis(4, 4, () if words == "nobody" else (face,), MODEL)
