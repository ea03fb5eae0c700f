"""Photos in, analyses out: the stages put together, batched across photos and across faces."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.errors import FacegraphError
from deployments.messages import (
    Analysis,
    Box,
    Embed,
    Face,
    ModelCard,
    Photo,
    Quality,
    Vector,
)
from deployments.vision import refinement
from deployments.vision.alignment import CROP_SIZE, align
from deployments.vision.detector import Detection, open_detector, scale_to_fit
from deployments.vision.engines import Device, DeviceWish, choose_device, engine_name, open_session
from deployments.vision.images import Pixels, decode
from deployments.vision.packs import Pack
from deployments.vision.quality import assess
from deployments.vision.recogniser import Recogniser
from deployments.vision.refinement import refine

# How many photos are held decoded and searched at once, and how many faces embedded at once.
# A CPU thread gains nothing from larger runs (YuNet at 640: 12.5 ms a photo alone, 13.7 in eights;
# SFace: 17.7 ms a face alone, 18.6 in eights) while each photo takes 33 MB and each face 14 MB.
_PHOTOS_AT_ONCE: Final[dict[Device, int]] = {"cpu": 1, "cuda": 16}
_FACES_AT_ONCE: Final[dict[Device, int]] = {"cpu": 2, "cuda": 64}


@dataclass(frozen=True, slots=True)
class _Opened:
    """A photo as pixels, and the seconds that took."""

    photo: Photo
    image: Pixels
    seconds: float


@dataclass(frozen=True, slots=True)
class _Found:
    """All but the vectors, and the crops of the first faces, whose vectors are wanted."""

    analysis: Analysis
    crops: tuple[Pixels, ...]


class Pipeline:
    """One pack, loaded; lives as long as its process and is used by one thread at a time.

    `threads` holds for the networks and, process-wide, for OpenCV. `detector_size` is the side of
    the square that photos are shrunk into before faces are sought, in pixels.
    """

    def __init__(
        self,
        pack: Pack,
        *,
        threads: int = 1,
        device: DeviceWish = "auto",
        gpu_granted: bool = False,
        detector_size: int = 512,
        max_pixels: int = 40_000_000,
    ) -> None:
        cv2.setNumThreads(threads)
        chosen = choose_device(device, gpu_granted=gpu_granted)
        detector, recogniser = (
            open_session(pack.path(file), threads=threads, device=chosen)
            for file in (pack.detector, pack.recogniser)
        )
        self._detector = open_detector(detector, pack.detector.kind, size=detector_size)
        self._detector_size = detector_size
        self._close_up = open_detector(detector, pack.detector.kind, size=refinement.SIZE)
        self._recogniser = Recogniser(
            recogniser, pack.recogniser.kind, batch=_FACES_AT_ONCE[chosen]
        )
        self._photos_at_once = _PHOTOS_AT_ONCE[chosen]
        self._max_pixels = max_pixels
        self.model = pack.model
        self.card = ModelCard(
            model=pack.model,
            licence=pack.licence,
            commercial_use=pack.commercial_use,
            files=pack.published,
            device=chosen,
            engine=engine_name(chosen),
        )

    def warm_up(self) -> None:
        """Run both networks once at their largest batch, so that no caller pays for the first."""
        photo = np.zeros((CROP_SIZE, CROP_SIZE, 3), np.uint8)
        self._detector.detect([photo] * self._photos_at_once)
        self._close_up.detect([photo])
        self._recogniser.embed([photo] * self._recogniser.batch)

    def analyse(self, photos: Sequence[Photo]) -> list[Analysis | FacegraphError]:
        """Return one analysis or one error a photo, in their order; none affects another.

        `stages` of an analysis hold seconds: decode and align as measured for that photo; of a
        run shared by several photos (detect) or several faces (embed), that photo's share. Over a
        batch they add up to the time the batch took.
        """
        step = self._photos_at_once
        chunks = (photos[at : at + step] for at in range(0, len(photos), step))
        results = [result for chunk in chunks for result in self._find(chunk)]
        embedded = iter(self._embed([found for found in results if isinstance(found, _Found)]))
        return [next(embedded) if isinstance(result, _Found) else result for result in results]

    def _find(self, photos: Sequence[Photo]) -> list[_Found | FacegraphError]:
        """Decode, detect and align; the decoded photos are let go when this returns."""
        results = [self._open(photo) for photo in photos]
        opened = [result for result in results if isinstance(result, _Opened)]
        started = perf_counter()
        detections = iter(self._detector.detect([one.image for one in opened]) if opened else [])
        share = (perf_counter() - started) / max(len(opened), 1)
        return [
            self._cut(result, next(detections), share) if isinstance(result, _Opened) else result
            for result in results
        ]

    def _open(self, photo: Photo) -> _Opened | FacegraphError:
        started = perf_counter()
        try:
            image = decode(photo.data, max_pixels=self._max_pixels)
        except FacegraphError as error:
            return error
        return _Opened(photo, image, perf_counter() - started)

    def _cut(self, opened: _Opened, detections: list[Detection], detect: float) -> _Found:
        photo, image = opened.photo, opened.image
        found = _largest(detections, image, photo.max_faces)
        scale = scale_to_fit(image, self._detector_size)
        looked = perf_counter()
        seen = refine(self._close_up, image, [detection for detection, _ in found], scale)
        started = perf_counter()
        faces, crops = [], []
        for detection, (_, box) in zip(seen, found, strict=True):
            crop = align(image, detection.landmarks)
            quality = assess(detection, box, crop, photo.gate)
            faces.append(_face(detection, box, quality))
            crops.append(crop)
        stages = {
            "decode": opened.seconds,
            "detect": detect + started - looked,
            "align": perf_counter() - started,
        }
        height, width = image.shape[:2]
        analysis = Analysis(width, height, tuple(faces), self.model, stages)
        return _Found(analysis, tuple(crops[: _wanted(photo.embed, len(crops))]))

    def _embed(self, found: list[_Found]) -> list[Analysis]:
        """Embed the wanted faces of all photos together and hand each its own vectors."""
        crops = [crop for one in found for crop in one.crops]
        if not crops:
            return [one.analysis for one in found]
        started = perf_counter()
        vectors = iter(self._recogniser.embed(crops))
        share = (perf_counter() - started) / len(crops)
        return [_with_vectors(one, list(islice(vectors, len(one.crops))), share) for one in found]


def _largest(detections: list[Detection], image: Pixels, limit: int) -> list[tuple[Detection, Box]]:
    """Pair detections with their boxes clipped to the image, largest area first, `limit` at most.

    What lies wholly beyond the edge is no face of this image.
    """
    height, width = image.shape[:2]
    clipped = [(detection, _clip(detection.box, width, height)) for detection in detections]
    inside = [(detection, box) for detection, box in clipped if box[0] < box[2] and box[1] < box[3]]
    return sorted(inside, key=lambda pair: -_area(pair[1]))[:limit]


def _clip(box: NDArray[np.float32], width: int, height: int) -> Box:
    left, top, right, bottom = (float(edge) for edge in box)
    return max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height))


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _face(detection: Detection, box: Box, quality: Quality) -> Face:
    eye, other_eye, nose, mouth, other_mouth = (
        (float(x), float(y)) for x, y in detection.landmarks
    )
    return Face(box, (eye, other_eye, nose, mouth, other_mouth), detection.score, quality)


def _wanted(embed: Embed, faces: int) -> int:
    """Return how many of the faces, largest first, get a vector."""
    return {"none": 0, "largest": min(faces, 1), "all": faces}[embed]


def _with_vectors(found: _Found, vectors: list[Vector], share: float) -> Analysis:
    if not vectors:
        return found.analysis
    analysis, count = found.analysis, len(vectors)
    embedded = (
        replace(face, vector=vector)
        for face, vector in zip(analysis.faces[:count], vectors, strict=True)
    )
    return replace(
        analysis,
        faces=(*embedded, *analysis.faces[count:]),
        stages=analysis.stages | {"embed": share * count},
    )
