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
from deployments.vision.graphs import graphs_at, graphs_of
from deployments.vision.liveness import LivenessCheck
from deployments.vision.liveness_models import LivenessModel
from deployments.vision.onnxruntime_engine import open_onnxruntime
from deployments.vision.packs import Pack, WeightsFile
from deployments.vision.recogniser import Recogniser

# How many photos are held decoded, how many are searched at once in a full look, how many are shown
# at once to a quick or a second look, and how many faces are embedded at once; powers of two. A CPU
# gains little from runs of more than two (SFace: 17 ms a face alone, 15 in twos and in eights),
# while a large photo takes 33 MB and each face 14 MB. As many again are decoded meanwhile, and
# fewer where they are large (ahead.py).
_DECODED_AT_ONCE: Final[dict[Device, int]] = {"cpu": 2, "cuda": 16, "tensorrt": 16}
_PHOTOS_AT_ONCE: Final[dict[Device, int]] = {"cpu": 1, "cuda": 16, "tensorrt": 16}
_LOOKS_AT_ONCE: Final[dict[Device, int]] = {"cpu": 2, "cuda": 16, "tensorrt": 16}
_FACES_AT_ONCE: Final[dict[Device, int]] = {"cpu": 2, "cuda": 64, "tensorrt": 64}


@dataclass(frozen=True, slots=True)
class Networks:
    """What finds faces, what makes vectors, what runs both, and for how many photos at once.

    `liveness` is None where no model for it was asked for; `engine` does not tell of it.
    """

    finder: Finder
    recogniser: Recogniser
    engine: str
    photos_at_once: int
    liveness: LivenessCheck | None = None


def open_networks(
    pack: Pack,
    place: Place,
    *,
    detector_size: int,
    second_look: bool,
    liveness: LivenessModel | None = None,
) -> Networks:
    """Open both networks of a pack, and a liveness model; raises DeviceUnavailable."""
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
        _DECODED_AT_ONCE[place.device],
        open_liveness(liveness, place) if liveness else None,
    )


def open_liveness(model: LivenessModel, place: Place) -> LivenessCheck:
    """Open it on ONNX Runtime, whatever runs the pack: a race would gain little of so little."""
    graphs = graphs_at(model.path, model.folder, model.sha256)
    session = _bounded(open_onnxruntime(graphs, place)[0], place)
    return LivenessCheck(model, session, batch=_FACES_AT_ONCE[place.device])


def _open(
    pack: Pack, file: WeightsFile, place: Place, shapes: Sequence[Shape]
) -> tuple[Session, str]:
    session, engine = open_network(graphs_of(pack, file), place, shapes)
    return _bounded(session, place), engine


def _bounded(session: Session, place: Place) -> Session:
    return session if place.device == "cpu" else BoundedSession(session)


def _engines(detector: str, recogniser: str) -> str:
    if detector == recogniser:
        return detector
    return f"detector {detector}, recogniser {recogniser}"
