"""What runs of many photos, or of many faces, gain: CPU milliseconds each, by the run's size."""

from collections.abc import Callable, Mapping

from benchmarks.measures.race import race
from benchmarks.subjects import shipped
from benchmarks.subjects.crops import Crops
from benchmarks.subjects.photographs import Pixels
from deployments.vision.detector import Detector
from deployments.vision.packs import Pack
from deployments.vision.pictures import Picture
from deployments.vision.recogniser import Recogniser
from deployments.vision.views import whole

FACES = (1, 2, 4, 8, 16)
PHOTOS = (1, 2, 4, 8)
_RUNS = 8

Run = Callable[[object], object]


def of_recogniser(pack: Pack, crops: Crops) -> dict[str, float]:
    """Return the milliseconds a face, on the shipped engine, with the network's own processing."""
    session = shipped.open_session(pack, "recogniser")
    recogniser = Recogniser(session, pack.recogniser.kind, batch=max(FACES))

    def embedding(count: int) -> Run:
        return lambda _: recogniser.embed(list(crops[:count]))

    return _each({count: embedding(count) for count in FACES})


def of_detector(pack: Pack, photo: Pixels) -> dict[str, float]:
    """Return the milliseconds a photo, on the shipped engine and size, likewise."""
    detector = Detector(shipped.open_session(pack, "detector"), pack.detector.kind)
    side = shipped.arguments().detector_size
    view = whole(Picture(photo), side, at_least=side)

    def detecting(count: int) -> Run:
        return lambda _: detector.detect([view] * count)

    return _each({count: detecting(count) for count in PHOTOS})


def _each(runs: Mapping[int, Run]) -> dict[str, float]:
    laps = race({str(count): run for count, run in runs.items()}, range(_RUNS))
    return {count: lap.milliseconds / int(count) for count, lap in laps.items()}
