"""Would a simple measure tell a covered face? Sunglasses and masks painted on faces that are not.

    python -m evaluation.occlusion FOLDER

FOLDER holds photos named PERSON_anything.jpg. Paint is easier to tell from skin than glass or
cloth in a real photo, so a measure that fails here fails there.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from config.settings import settings
from deployments.messages.embedder import Face
from deployments.vision.alignment import CROP_SIZE, similarity_transform
from deployments.vision.catalogue import DEFAULT
from deployments.vision.pictures import Pixels
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import prepare
from evaluation.quality_trials import largest_face, read_pixels

Grey = NDArray[np.float64]
Cover = Callable[[Pixels, Face], Pixels]

# Outlines in distances between the eyes, from the middle of the eyes; down is positive.
_LENS = np.array([[-0.38, -0.2], [0.38, -0.2], [0.33, 0.25], [-0.33, 0.25]])
_MASK = np.array([[-1.0, 0.3], [0, 0.25], [1.0, 0.3], [0.85, 1.35], [0, 1.9], [-0.85, 1.35]])
_PLEAT = np.array([[-0.8, 0], [0.8, 0], [0.8, 0.04], [-0.8, 0.04]])
_PLEATS_AT = (0.7, 0.95, 1.2)

# Parts of the aligned crop.
_EYES = slice(42, 62), slice(24, 88)
_CHEEKS = slice(62, 78), slice(30, 82)
_MOUTH = slice(78, 104), slice(30, 82)
_FACE = slice(24, 104), slice(20, 92)


def glasses(tone: int) -> Cover:
    """Return what covers both eyes with lenses of a grey level, 0 to 255."""
    outlines = [_LENS + np.array([side, 0]) for side in (-0.5, 0.5)]
    return lambda photo, face: _painted(photo, face, outlines, tone)


def mask(tone: int, pleat: int) -> Cover:
    """Return what covers mouth and nose with a mask, and its pleats with another grey level."""
    pleats = [_PLEAT + np.array([0, down]) for down in _PLEATS_AT]
    return lambda photo, face: _painted(_painted(photo, face, [_MASK], tone), face, pleats, pleat)


def edges_at_mouth(grey: Grey) -> float:
    """Return how strong edges are at the mouth against those of the whole face."""
    return _edges(grey[_MOUTH]) / _edges(grey[_FACE])


def light_at_eyes(grey: Grey) -> float:
    """Return how bright the eyes are against the cheeks."""
    return float(grey[_EYES].mean() / grey[_CHEEKS].mean())


COVERS: Final[Mapping[str, Cover]] = {
    "nothing": lambda photo, _: photo,
    "plain mask": mask(150, 150),
    "pleated mask": mask(150, 90),
    "dark glasses": glasses(20),
    "tinted glasses": glasses(90),
}


def main(
    folder: Annotated[Path, typer.Argument(help="Photos named PERSON_anything.jpg.")],
    pack: Annotated[str, typer.Option(help="Name or folder of a model pack.")] = DEFAULT,
) -> None:
    """Print for each cover where nine faces of ten lie in either measure."""
    prepared = prepare(pack, settings().data_dir, settings().accepted_licences)
    pipeline = Pipeline(prepared, threads=1, device="cpu")
    photos = [read_pixels(photo) for photo in sorted(folder.glob("*_*.jpg"))]
    typer.echo("cover           faces  edges at mouth  light at eyes")
    for name, cover in COVERS.items():
        crops = list(_crops(pipeline, photos, cover))
        ranges = [_range(measure, crops) for measure in (edges_at_mouth, light_at_eyes)]
        typer.echo(f"{name:15} {len(crops):5}  {ranges[0]:14}  {ranges[1]}")


def _crops(pipeline: Pipeline, photos: list[Pixels], cover: Cover) -> Iterator[Grey]:
    """Yield the grey crops of the covered faces that are found."""
    for photo in photos:
        bare = largest_face(pipeline, photo)
        covered = photo if bare is None else cover(photo, bare)
        face = largest_face(pipeline, covered)
        if face is not None:
            matrix = similarity_transform(np.array(face.landmarks, np.float32))
            crop = cv2.warpAffine(covered, matrix, (CROP_SIZE, CROP_SIZE))
            yield cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float64)


def _range(measure: Callable[[Grey], float], crops: list[Grey]) -> str:
    low, high = np.quantile([measure(crop) for crop in crops], [0.05, 0.95])
    return f"{low:.2f} to {high:.2f}"


def _painted(photo: Pixels, face: Face, outlines: list[NDArray[np.float64]], tone: int) -> Pixels:
    painted = photo.copy()
    placed = [_placed(outline, face) for outline in outlines]
    cv2.fillPoly(painted, placed, (tone, tone, tone), cv2.LINE_AA)
    return painted


def _placed(outline: NDArray[np.float64], face: Face) -> NDArray[np.int32]:
    """Bring an outline onto a face, turned and scaled with its eyes."""
    left, right = (complex(*point) for point in face.landmarks[:2])
    points = (outline @ [1, 1j]) * (right - left) + (left + right) / 2
    return np.rint(np.stack([points.real, points.imag], axis=-1)).astype(np.int32)


def _edges(grey: Grey) -> float:
    steps = [float((np.diff(grey, axis=axis) ** 2).mean()) for axis in (0, 1)]
    return float(np.sqrt(sum(steps)))


if __name__ == "__main__":
    typer.run(main)
