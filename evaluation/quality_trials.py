"""Degraded photos put to the test: found or not, measured, and compared with a clean photo.

One trial a person, pack and level: the person's last photo degraded, against the first as it is.
The same degraded photo is shown to every pack.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from deployments.errors import FacegraphError, NoFace
from deployments.messages.embedder import Analysis, Face, Photo, Vector
from deployments.vision.pictures import Pixels
from deployments.vision.pipeline import Pipeline
from evaluation.degradation import Degradation
from evaluation.separation import person_in

CLEAN = "clean"
MISSED = -1.0
"""The cosine of a face that was not found: it matches at no threshold."""

Shown = tuple[str, float, Pixels]
"""A degradation, its level, and the photo."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One degraded photo; `face` is None where none was found.

    `cosine` is to the same person's other photo, `loss` what the degradation took from it,
    `impostors` are the cosines (people - 1,) to everybody else's.
    """

    pack: str
    degradation: str
    level: float
    face: Face | None
    cosine: float
    loss: float
    impostors: Vector


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos of one person, as BGR pixels."""

    person: str
    gallery: Pixels
    probe: Pixels


def pairs_in(folder: Path, people: int | None = None) -> list[Pair]:
    """Read the first and the last photo of each person; `people` takes so many, evenly spread."""
    photos: dict[str, list[Path]] = {}
    for photo in sorted(folder.glob("*_*.jpg")):
        photos.setdefault(person_in(photo), []).append(photo)
    names = [name for name, taken in photos.items() if len(taken) > 1]
    chosen = names[:: max(1, len(names) // people)] if people else names
    return [
        Pair(name, read_pixels(photos[name][0]), read_pixels(photos[name][-1])) for name in chosen
    ]


def run_trials(
    pipelines: Mapping[str, Pipeline], pairs: Sequence[Pair], degradations: Sequence[Degradation]
) -> Iterator[Trial]:
    """Yield a trial for each person, level and pack, the photo that is not degraded first."""
    galleries = {
        pack: np.stack([_vector(_certain(pipeline, pair.gallery)) for pair in pairs])
        for pack, pipeline in pipelines.items()
    }
    for at, pair in enumerate(pairs):
        # All packs see one and the same degraded photo: where its face is, the first one says.
        known = _certain(next(iter(pipelines.values())), pair.probe)
        shown = list(_degraded(pair.probe, known, degradations))
        for pack, pipeline in pipelines.items():
            yield from _person(pack, pipeline, galleries[pack], at, shown)


def _person(
    pack: str, pipeline: Pipeline, gallery: Vector, at: int, shown: Sequence[Shown]
) -> Iterator[Trial]:
    """Yield one person's trials; the first photo shown is what losses count from."""
    clean: float | None = None
    for degradation, level, photo in shown:
        face = largest_face(pipeline, photo)
        similarities = _similarities(face, gallery)
        cosine = float(similarities[at])
        clean = cosine if clean is None else clean
        strangers = np.delete(similarities, at)
        yield Trial(pack, degradation, level, face, cosine, clean - cosine, strangers)


def _degraded(photo: Pixels, face: Face, degradations: Sequence[Degradation]) -> Iterator[Shown]:
    yield CLEAN, 0.0, photo
    for degradation in degradations:
        for level in degradation.levels:
            yield degradation.name, level, degradation.apply(photo, face, level)


def read_pixels(photo: Path) -> Pixels:
    """Return a photo as (H, W, 3) BGR."""
    return np.asarray(cv2.imread(str(photo), cv2.IMREAD_COLOR), np.uint8)


def largest_face(pipeline: Pipeline, photo: Pixels) -> Face | None:
    """Return the largest face with its vector; the photo is sent losslessly."""
    data = cv2.imencode(".bmp", photo)[1].tobytes()
    result: Analysis | FacegraphError = pipeline.analyse([Photo(data, embed="largest")])[0]
    if isinstance(result, FacegraphError):
        raise result
    return result.faces[0] if result.faces else None


def _certain(pipeline: Pipeline, photo: Pixels) -> Face:
    face = largest_face(pipeline, photo)
    if face is None:
        raise NoFace("A photo that was not degraded shows no face.")
    return face


def _vector(face: Face) -> Vector:
    if face.vector is None:
        raise LookupError("the pipeline left out the vector it was asked for")
    return face.vector


def _similarities(face: Face | None, gallery: Vector) -> Vector:
    if face is None:
        return np.full(len(gallery), MISSED, np.float32)
    return np.asarray(gallery @ _vector(face), np.float32)
