"""A pack's two networks, opened where they are to run, with the processing each needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from deployments.vision.alignment import CROP_SIZE
from deployments.vision.bounded import BoundedSession
from deployments.vision.detector import Detector
from deployments.vision.engines import Device, Place, Session, Shape
from deployments.vision.fastest import open_network
from deployments.vision.finding import CLOSE_SIZE, QUICK_SIZE, Finder
from deployments.vision.graphs import graphs_of
from deployments.vision.packs import Pack, WeightsFile
from deployments.vision.recogniser import Recogniser

# How many photos are held decoded and searched at once, how many faces are looked at again, and
# how many are embedded at once; powers of two. A CPU gains little from larger runs (SFace: 17 ms a
# face alone, 15 in twos and in eights), while a large photo takes 33 MB and each face 14 MB.
_PHOTOS_AT_ONCE: Final[dict[Device, int]] = {"cpu": 1, "cuda": 16, "tensorrt": 16}
_LOOKS_AT_ONCE: Final[dict[Device, int]] = {"cpu": 2, "cuda": 16, "tensorrt": 16}
_FACES_AT_ONCE: Final[dict[Device, int]] = {"cpu": 2, "cuda": 64, "tensorrt": 64}


@dataclass(frozen=True, slots=True)
class Networks:
    """What finds faces, what makes vectors of them, what runs both, and how many photos at once."""

    finder: Finder
    recogniser: Recogniser
    engine: str
    photos_at_once: int


def open_networks(pack: Pack, place: Place, *, detector_size: int, second_look: bool) -> Networks:
    """Open both networks of a pack; raises DeviceUnavailable."""
    sizes = {detector_size} | ({QUICK_SIZE, CLOSE_SIZE} if second_look else set())
    views = [(1, 3, size, size) for size in sorted(sizes)]
    detector, detector_engine = _open(pack, pack.detector, place, views)
    recogniser, recogniser_engine = _open(
        pack, pack.recogniser, place, [(1, 3, CROP_SIZE, CROP_SIZE)]
    )
    return Networks(
        Finder(
            Detector(detector, pack.detector.kind),
            size=detector_size,
            second_look=second_look,
            photos_at_once=_PHOTOS_AT_ONCE[place.device],
            faces_at_once=_LOOKS_AT_ONCE[place.device],
        ),
        Recogniser(recogniser, pack.recogniser.kind, batch=_FACES_AT_ONCE[place.device]),
        _engines(detector_engine, recogniser_engine),
        _PHOTOS_AT_ONCE[place.device],
    )


def _open(
    pack: Pack, file: WeightsFile, place: Place, shapes: Sequence[Shape]
) -> tuple[Session, str]:
    session, engine = open_network(graphs_of(pack, file), place, shapes)
    return (session if place.device == "cpu" else BoundedSession(session)), engine


def _engines(detector: str, recogniser: str) -> str:
    if detector == recogniser:
        return detector
    return f"detector {detector}, recogniser {recogniser}"
