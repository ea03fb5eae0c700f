"""How well a pack tells people apart, and the provisional thresholds that follow.

    python -m evaluation.separation FOLDER --pack opencv_zoo

FOLDER holds photos named PERSON_anything.jpg. Every pair of photos is compared by the largest
face of each: genuine pairs show one person, impostor pairs two. Thresholds are set on the same
pairs that rates are read from, so the rates flatter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, nextafter
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from config.settings import settings
from deployments.errors import FacegraphError, NoFace
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.catalogue import DEFAULT
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import prepare

VERIFY_FMR = 1e-2
IDENTIFY_FMR = 1e-3

_PHOTOS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Separation:
    """Cosines of all pairs of photos of one person, and of two people."""

    genuine: NDArray[np.float32]
    impostor: NDArray[np.float32]

    @property
    def margin(self) -> float:
        """The least similar genuine pair less the most similar impostor pair; over 0, perfect."""
        return float(self.genuine.min() - self.impostor.max())

    def threshold(self, fmr: float) -> float:
        """Return the lowest cosine, rounded up to 4 decimals, with at most this false match rate.

        A cosine equal to a threshold is a match, so the first impostor too many must lie below.
        """
        allowed = floor(fmr * len(self.impostor))
        excess = float(np.sort(self.impostor)[::-1][allowed])
        return ceil(nextafter(excess, 2) * 10_000) / 10_000


def analyse(pipeline: Pipeline, photos: Sequence[Path]) -> list[Analysis]:
    """Find and embed the largest face of each photo; raises what is wrong with the first bad one.

    That is NoFace, or any error of decoding.
    """
    starts = range(0, len(photos), _PHOTOS_AT_ONCE)
    chunks = (photos[start : start + _PHOTOS_AT_ONCE] for start in starts)
    return [analysis for chunk in chunks for analysis in _analyse_chunk(pipeline, chunk)]


def separate(analyses: Sequence[Analysis], people: Sequence[str]) -> Separation:
    """Compare the largest faces of every two photos; `people` says who each photo shows."""
    largest = [analysis.faces[0].vector for analysis in analyses]
    vectors = np.stack([vector for vector in largest if vector is not None])
    names = np.array(people)
    first, second = np.triu_indices(len(names), k=1)
    similarities = np.einsum("nd,nd->n", vectors[first], vectors[second])
    same = names[first] == names[second]
    return Separation(similarities[same], similarities[~same])


def person_in(photo: Path) -> str:
    """Return whom a photo shows, by its name."""
    return photo.name.split("_")[0]


def _analyse_chunk(pipeline: Pipeline, photos: Sequence[Path]) -> list[Analysis]:
    results = pipeline.analyse([Photo(photo.read_bytes(), embed="largest") for photo in photos])
    return [_with_a_face(result, photo) for result, photo in zip(results, photos, strict=True)]


def _with_a_face(result: Analysis | FacegraphError, photo: Path) -> Analysis:
    if isinstance(result, FacegraphError):
        raise result
    if not result.faces:
        raise NoFace(f"{photo.name} shows no face.")
    return result


def main(
    folder: Annotated[Path, typer.Argument(help="Photos named PERSON_anything.jpg.")],
    pack: Annotated[str, typer.Option(help="Name or folder of a model pack.")] = DEFAULT,
    threads: Annotated[int, typer.Option(help="Threads of the networks.")] = 1,
) -> None:
    """Print how a pack separates the people in FOLDER, and the thresholds that follow."""
    prepared = prepare(pack, settings().data_dir, settings().accepted_licences)
    pipeline = Pipeline(prepared, threads=threads, device="cpu")
    photos = sorted(folder.glob("*_*.jpg"))
    if not photos:
        raise typer.BadParameter(f"{folder} holds no photo named PERSON_anything.jpg.")
    result = separate(analyse(pipeline, photos), [person_in(photo) for photo in photos])
    typer.echo("\n".join(report(result)))


def report(result: Separation) -> list[str]:
    """Return the figures, a line each."""
    genuine, impostor = result.genuine, result.impostor
    return [
        f"genuine pairs   {len(genuine):6d}  lowest  {genuine.min():.4f}",
        f"impostor pairs  {len(impostor):6d}  highest {impostor.max():.4f}",
        _line("verify", VERIFY_FMR, result),
        _line("identify", IDENTIFY_FMR, result),
    ]


def _line(use: str, fmr: float, result: Separation) -> str:
    return f"{use:8}  false matches <= {fmr:g}  threshold {result.threshold(fmr):.4f}"


if __name__ == "__main__":
    typer.run(main)
