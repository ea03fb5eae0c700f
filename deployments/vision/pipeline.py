"""Photos in, analyses out: the stages put together, batched across photos and across faces."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from time import perf_counter
from typing import Final, TypeVar

import cv2

from deployments import tracing
from deployments.errors import DeadlineExceeded, FacegraphError
from deployments.messages.embedder import Analysis, Box, Embed, Face, ModelCard, Photo, Quality
from deployments.messages.sharing import Origin
from deployments.vision import canary
from deployments.vision.ahead import Ahead
from deployments.vision.alignment import align
from deployments.vision.batching import Wanted
from deployments.vision.decoder import Decoder
from deployments.vision.detections import Detection
from deployments.vision.engines import DeviceWish, EngineWish, Place, require_place
from deployments.vision.liveness_models import LivenessModel
from deployments.vision.looks import Looks
from deployments.vision.networks import open_networks
from deployments.vision.packs import Pack
from deployments.vision.pictures import Picture, Pixels, open_picture
from deployments.vision.quality import assess
from deployments.vision.shared_runs import run_together
from deployments.vision.version import pipeline_version

# To what its longer side a photo is decoded at least: enough to find and align a face that takes
# a fifth of it; where a smaller one matters, it is decoded again. Without a second look photos are
# decoded whole: landmarks and pixels are then those insightface takes.
_DECODED_SIDE: Final = 640


@dataclass(frozen=True, slots=True)
class _Asked:
    """A photo, and what tells whether anybody still waits for it."""

    photo: Photo
    is_wanted: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class _Opened:
    """A photo as pixels, and the seconds that took."""

    asked: _Asked
    picture: Picture
    seconds: float

    @property
    def photo(self) -> Photo:
        """What was asked about it."""
        return self.asked.photo

    @property
    def origin(self) -> Origin | None:
        """The request that asked."""
        return self.photo.origin


@dataclass(frozen=True, slots=True)
class _Found:
    """All but the vectors, and the crops of the first faces, whose vectors are wanted.

    `squares` are the same faces as the liveness check is shown them, where it was asked for.
    """

    asked: _Asked
    analysis: Analysis
    crops: tuple[Pixels, ...]
    squares: tuple[Pixels, ...]


Reached = TypeVar("Reached", _Opened, _Found)


def _all_wanted(_at: int) -> bool:
    return True


class Pipeline:
    """One pack, loaded; lives as long as its process and is used by one thread at a time.

    `threads` holds for the networks and, process-wide, for OpenCV. `detector_size` is the side of
    the square that photos are fitted into before faces are sought, in pixels; `second_look` is
    told of in finding.py. `gpu_memory` bounds each network's arena on a GPU, in bytes. Without a
    `liveness` model no face is checked, whatever a photo asks for. Photos are decoded in a process
    of its own, which lives as long as the pipeline; one that takes over `decode_seconds`, in all
    looks at it together, is refused. Raises DeviceUnavailable where device or engine cannot be had.
    """

    def __init__(
        self,
        pack: Pack,
        *,
        threads: int = 1,
        device: DeviceWish = "auto",
        engine: EngineWish = "auto",
        gpu_granted: bool = False,
        gpu_memory: int = 2 * 2**30,
        detector_size: int = 640,
        second_look: bool = True,
        max_pixels: int = 40_000_000,
        liveness: LivenessModel | None = None,
        decode_seconds: float = 5.0,
    ) -> None:
        # The canary is no caller's photo: it is read even where only smaller ones are admitted.
        self._decoder = Decoder(max_pixels=max(max_pixels, canary.PIXELS), seconds=decode_seconds)
        cv2.setNumThreads(threads)
        chosen = require_place(device, engine, gpu_granted=gpu_granted)
        place = Place(chosen, engine, threads, gpu_memory)
        networks = open_networks(
            pack, place, detector_size=detector_size, second_look=second_look, liveness=liveness
        )
        self._finder = networks.finder
        self._recogniser = networks.recogniser
        self._liveness = networks.liveness
        self._ahead = Ahead(
            ThreadPoolExecutor(1, thread_name_prefix="ahead"),
            _pixels,
            at_once=networks.photos_at_once,
            # On a CPU one of the largest photos and another, on a GPU half a run of them and one.
            room=max(1, max_pixels * networks.photos_at_once // 2),
        )
        self._max_pixels = max_pixels
        self._decoded_side = _DECODED_SIDE if second_look else None
        self._on_cpu = partial(
            Pipeline,
            pack,
            threads=threads,
            device="cpu",
            engine="onnxruntime",
            detector_size=detector_size,
            second_look=second_look,
        )
        version = pipeline_version(detector_size, second_look=second_look)
        self.model = replace(pack.model, pipeline=version)
        self.card = ModelCard(
            model=self.model,
            licence=pack.licence,
            commercial_use=pack.commercial_use,
            files=pack.published,
            device=place.device,
            engine=networks.engine,
            liveness=liveness.card if liveness else None,
        )

    def warm_up(self) -> None:
        """Run what callers will run, so that none pays for the first; raises CanaryFailed."""
        self._finder.warm_up()
        self._recogniser.warm_up()
        if self._liveness:
            self._liveness.warm_up()
        canary.prove_recogniser(self._recogniser.embed, self.model)
        allowed, self._max_pixels = self._max_pixels, max(self._max_pixels, canary.PIXELS)
        try:
            canary.prove(self.analyse, self.model, self._reference())
        finally:
            self._max_pixels = allowed

    def _reference(self) -> canary.Analyse | None:
        """Return the same analysis by ONNX Runtime on the CPU, where a GPU has to be proved."""
        if self.card.device == "cpu":
            return None
        return self._on_cpu().analyse

    def analyse(
        self, photos: Sequence[Photo], wanted: Wanted = _all_wanted
    ) -> list[Analysis | FacegraphError]:
        """Return one analysis or one error a photo, in their order; none affects another.

        While photos are searched the next are decoded, as many as are searched at once, if those
        held are not too large. A photo that is no longer wanted when its turn comes is not decoded,
        and neither network sees it.
        `stages` of an analysis hold seconds: decode and align as measured for that photo; of a run
        shared by several photos (detect) or several faces (embed), that photo's share. Over a batch
        all but decode add up to the time the networks' thread was at work. The liveness check
        counts as `embed` and the squares it is shown as `align`: callers know no stage of its own.
        """
        asked = [_Asked(photo, partial(wanted, at)) for at, photo in enumerate(photos)]
        results = _still_wanted(self._ahead.use(asked, self._open, self._find))
        found = [result for result in results if isinstance(result, _Found)]
        completed = iter(self._complete(found))
        return [next(completed) if isinstance(result, _Found) else result for result in results]

    def _find(self, opened: Sequence[_Opened | FacegraphError]) -> list[_Found | FacegraphError]:
        """Detect and align."""
        results = _still_wanted(opened)
        found = iter(self._search([each for each in results if isinstance(each, _Opened)]))
        return [next(found) if isinstance(result, _Opened) else result for result in results]

    def _search(self, opened: Sequence[_Opened]) -> list[_Found | FacegraphError]:
        """Detect and align; where one photo's error ends that for all, each by itself.

        A photo found to be damaged only as more of it is decoded has such an error. What was
        decoded of it and of its neighbours is kept, and so is the error.
        """
        try:
            return list(self._search_together(opened))
        except FacegraphError as error:
            if len(opened) == 1:
                return [error]
            return [result for one in opened for result in self._search([one])]

    def _search_together(self, opened: Sequence[_Opened]) -> Iterator[_Found]:
        started = perf_counter()
        with tracing.stage("detect", (one.origin for one in opened)):
            detections = self._detect(opened)
        share = (perf_counter() - started) / max(len(opened), 1)
        for one, faces in zip(opened, detections, strict=True):
            with tracing.stage("align", [one.origin]):
                found = self._cut(one, faces, share)
            yield found

    def _open(self, asked: _Asked) -> _Opened | FacegraphError:
        started = perf_counter()
        origin = asked.photo.origin
        looks = Looks(self._decoder, self._max_pixels, asked.is_wanted, origin)
        try:
            with tracing.stage("decode", [origin]):
                picture = open_picture(asked.photo.data, self._decoded_side, looks.decode)
        except FacegraphError as error:
            return error
        return _Opened(asked, picture, perf_counter() - started)

    def _detect(self, opened: Sequence[_Opened]) -> list[list[Detection]]:
        """Find the faces of each photo, largest first, and look at each of them again."""
        pictures = [one.picture for one in opened]
        found = self._finder.find(pictures, [one.photo.max_faces == 1 for one in opened])
        kept = [_largest(faces, one) for one, faces in zip(opened, found, strict=True)]
        seen = iter(
            self._finder.look_again(
                [
                    (one.picture, face)
                    for one, faces in zip(opened, kept, strict=True)
                    for face in faces
                ]
            )
        )
        return [list(islice(seen, len(faces))) for faces in kept]

    def _cut(self, opened: _Opened, detections: list[Detection], detect: float) -> _Found:
        photo, picture = opened.photo, opened.picture
        started = perf_counter()
        faces, crops = [], []
        for detection in detections:
            box = picture.clip(detection.box)
            crop = align(picture, detection.landmarks)
            frame = picture.width, picture.height
            quality = assess(detection, box, crop, frame, photo.gate)
            faces.append(_face(detection, box, quality))
            crops.append(crop)
        wanted = _wanted(photo.embed, len(crops))
        squares = self._squares(opened, faces[:wanted])
        stages = {
            "decode": opened.seconds,
            "detect": detect,
            "align": perf_counter() - started,
        }
        analysis = Analysis(picture.width, picture.height, tuple(faces), self.model, stages)
        return _Found(opened.asked, analysis, tuple(crops[:wanted]), squares)

    def _squares(self, opened: _Opened, faces: list[Face]) -> tuple[Pixels, ...]:
        if not self._liveness or not opened.photo.liveness:
            return ()
        return tuple(self._liveness.cut(opened.picture, face.bbox) for face in faces)

    def _complete(self, found: list[_Found]) -> list[Analysis]:
        """Embed the wanted faces of all photos together, and check those that are to be checked."""
        with tracing.stage("embed", (one.asked.photo.origin for one in found if one.crops)):
            analyses = run_together(
                [one.analysis for one in found],
                [one.crops for one in found],
                "vector",
                self._recogniser.embed,
            )
        if not self._liveness:
            return analyses
        squares = [one.squares for one in found]
        with tracing.stage("liveness", (one.asked.photo.origin for one in found if one.squares)):
            return run_together(analyses, squares, "liveness", self._liveness.check)


def _pixels(opened: _Opened | FacegraphError) -> int:
    """Return how many pixels a photo has, all of which may come to be decoded and held."""
    if isinstance(opened, FacegraphError):
        return 0
    return opened.picture.width * opened.picture.height


def _still_wanted(results: Iterable[Reached | FacegraphError]) -> list[Reached | FacegraphError]:
    """Put an error in the place of each photo that nobody waits for any more."""
    return [
        DeadlineExceeded("The deadline passed before the image was analysed.")
        if not isinstance(result, FacegraphError) and not result.asked.is_wanted()
        else result
        for result in results
    ]


def _largest(detections: list[Detection], opened: _Opened) -> list[Detection]:
    """Return as many detections as are wanted, by their area in the photo, largest first."""
    ordered = sorted(detections, key=lambda detection: -opened.picture.area(detection.box))
    return ordered[: opened.photo.max_faces]


def _face(detection: Detection, box: Box, quality: Quality) -> Face:
    eye, other_eye, nose, mouth, other_mouth = (
        (float(x), float(y)) for x, y in detection.landmarks
    )
    return Face(box, (eye, other_eye, nose, mouth, other_mouth), detection.score, quality)


def _wanted(embed: Embed, faces: int) -> int:
    """Return how many of the faces, largest first, get a vector."""
    return {"none": 0, "largest": min(faces, 1), "all": faces}[embed]
