"""What the side of the detector's input costs and finds: time, faces small and large, accuracy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measures import stages
from benchmarks.measures.accuracy import all_pairs, summary
from benchmarks.subjects import shipped
from benchmarks.subjects.photographs import CROWD_SIDE, as_phone, crowd, group, london
from deployments.messages.embedder import Box, Face, Photo
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline
from evaluation.separation import person_in

SIZES = (320, 512, 640, 960)
_LARGE_PORTRAITS = 12
# Where only the largest face matters a quick look does, whatever the size set.
_EVERY_FACE = Photo(b"", embed="largest")


def of(pack: Pack, portraits: Sequence[Path]) -> dict[str, Any]:
    """Return the figures by size, as text for JSON's sake."""
    pipelines = {str(size): shipped.open_pipeline(pack, detector_size=size) for size in SIZES}
    photos = (path.read_bytes() for path in portraits)
    people = [person_in(path) for path in portraits]
    analysed = stages.analysed(pipelines, photos, _EVERY_FACE)
    return {
        size: {
            "CPU ms": stages.medians(analysed[size]),
            "found": _found(pipeline, portraits),
            "accuracy": summary(all_pairs(map(shipped.largest_vector, analysed[size]), people)),
        }
        for size, pipeline in pipelines.items()
    }


def _found(pipeline: Pipeline, portraits: Sequence[Path]) -> dict[str, int]:
    """Count the faces found in a group of six, a crowd of 160, and twelve large portraits."""
    large = (as_phone(path.read_bytes()) for path in portraits[:_LARGE_PORTRAITS])
    claims = _faces(pipeline, crowd(london()))
    people = in_crowd([face.bbox for face in claims])
    return {
        "of 6 in a group": len(_faces(pipeline, group())),
        "of 160 in a crowd": people,
        "false or double there": len(claims) - people,
        "of 12 large portraits": sum(bool(_faces(pipeline, photo)) for photo in large),
    }


def in_crowd(boxes: Sequence[Box]) -> int:
    """Return how many people of the crowd have the middle of a box within their portrait."""
    middles = ((box[0] + box[2], box[1] + box[3]) for box in boxes)
    return len({(int(x // 2 / CROWD_SIDE), int(y // 2 / CROWD_SIDE)) for x, y in middles})


def _faces(pipeline: Pipeline, photo: bytes) -> tuple[Face, ...]:
    return shipped.analyse(pipeline, Photo(photo, max_faces=1000)).faces
