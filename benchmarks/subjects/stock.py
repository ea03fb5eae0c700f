"""What people have without Facegraph: the rivals that its speed is told in multiples of.

Both decode the whole photo, look for faces at 640 x 640 and embed every face, one after another,
on plain ONNX Runtime. For insightface's packs that is `insightface.app.FaceAnalysis` itself. The
default pack's networks have no such application, so theirs is written here in the same manner and
the straightforward way, from OpenCV's documentation of the two networks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from insightface.app import FaceAnalysis
from insightface.utils.face_align import norm_crop
from numpy.typing import NDArray

from benchmarks.subjects.photographs import pixels
from deployments.vision.packs import Pack

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

SIDE = 640
_STRIDES = (8, 16, 32)
_MIN_SCORE = 0.6
_MAX_OVERLAP = 0.4
_CPU = ["CPUExecutionProvider"]


@dataclass(frozen=True, slots=True)
class StockFace:
    """One face: box (4,) and landmarks (5, 2) in pixels of the photo, unit vector."""

    box: Floats
    landmarks: Floats
    vector: Floats


Stock = Callable[[bytes], list[StockFace]]


def open_stock(pack: Pack, plain: Path, *, threads: int) -> Stock:
    """Return the rival of a pack; `threads` 0 is ONNX Runtime's own default, all cores.

    `plain` is a folder that holds the pack's two networks as they were before any rewriting.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    opened = _Insightface if pack.detector.kind == "scrfd" else _OpenCvZoo
    return opened(plain, options)


def largest(faces: list[StockFace]) -> StockFace | None:
    """Return the face with the largest box."""
    return max(faces, key=_area, default=None)


def _area(face: StockFace) -> float:
    width, height = face.box[2:] - face.box[:2]
    return float(width * height)


class _Insightface:
    """`FaceAnalysis` with detection and recognition alone."""

    def __init__(self, folder: Path, options: onnxruntime.SessionOptions) -> None:
        wanted = ["detection", "recognition"]
        self._application = FaceAnalysis(
            str(folder), allowed_modules=wanted, providers=_CPU, sess_options=options
        )
        self._application.prepare(ctx_id=-1, det_size=(SIDE, SIDE))

    def __call__(self, data: bytes) -> list[StockFace]:
        found = self._application.get(pixels(data))
        return [StockFace(face.bbox, face.kps, face.normed_embedding) for face in found]


class _OpenCvZoo:
    """YuNet and SFace around two sessions."""

    def __init__(self, folder: Path, options: onnxruntime.SessionOptions) -> None:
        self._detector, self._recogniser = (
            onnxruntime.InferenceSession(folder / name, options, providers=_CPU)
            for name in ("detector.onnx", "recogniser.onnx")
        )
        self._heads = [output.name for output in self._detector.get_outputs()]

    def __call__(self, data: bytes) -> list[StockFace]:
        image = pixels(data)
        return [
            StockFace(box, landmarks, self._vector(image, landmarks))
            for box, landmarks in self._detect(image)
        ]

    def _detect(self, image: Pixels) -> list[tuple[Floats, Floats]]:
        square, scale = _letterbox(image)
        blob = cv2.dnn.blobFromImage(square)
        heads = self._detector.run(None, {"input": blob})
        boxes, scores, landmarks = _candidates(dict(zip(self._heads, heads, strict=True)))
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), _MIN_SCORE, _MAX_OVERLAP)
        corners = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]) / scale
        return [(corners[at], landmarks[at] / scale) for at in np.asarray(kept, dtype=int)]

    def _vector(self, image: Pixels, landmarks: Floats) -> Floats:
        crop = norm_crop(image, landmarks)
        blob = cv2.dnn.blobFromImage(crop, swapRB=True)
        feature = np.asarray(self._recogniser.run(None, {"data": blob})[0][0], np.float32)
        return feature / np.float32(np.linalg.norm(feature))


def _letterbox(image: Pixels) -> tuple[Pixels, float]:
    """Scale a photo, up or down, into the upper left of a black square, as insightface does."""
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    size = int(width * scale), int(height * scale)
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    square[: size[1], : size[0]] = cv2.resize(image, size)
    return square, scale


def _candidates(heads: dict[str, Floats]) -> tuple[Floats, Floats, Floats]:
    """Return boxes (C, 4) as corner and size, scores (C,), landmarks (C, 5, 2); likely ones only.

    One candidate a cell and stride: score sqrt(class · object); centre, logarithm of the size and
    landmarks are counted in strides from the cell.
    """
    found: list[tuple[Floats, Floats, Floats]] = []
    for stride in _STRIDES:
        scores = np.sqrt(heads[f"cls_{stride}"] * heads[f"obj_{stride}"]).ravel()
        likely = np.flatnonzero(scores >= _MIN_SCORE)
        cells = np.stack([likely % (SIDE // stride), likely // (SIDE // stride)], axis=1)
        raw = heads[f"bbox_{stride}"][0, likely]
        sizes = np.exp(raw[:, 2:]) * stride
        corners = (cells + raw[:, :2]) * stride - sizes / 2
        points = heads[f"kps_{stride}"][0, likely].reshape(-1, 5, 2)
        landmarks = (cells[:, None] + points) * stride
        found.append((np.hstack([corners, sizes]), scores[likely], landmarks))
    boxes, scores, landmarks = (np.concatenate(part) for part in zip(*found, strict=True))
    return boxes.astype(np.float32), scores, landmarks.astype(np.float32)
