"""Photos for the vision tests: those that packages ship, and the ways to encode them."""

import os
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from insightface.data import get_image
from PIL import ExifTags, Image
from skimage.data import astronaut

from deployments.messages.embedder import Photo
from deployments.vision.engines import Place, Session
from deployments.vision.fastest import open_network
from deployments.vision.graphs import graphs_of
from deployments.vision.images import decode
from deployments.vision.packs import Pack, Role
from deployments.vision.pictures import Picture, Pixels, open_picture

SHARED = Path(os.environ.get("FACEGRAPH_SHARED", Path(__file__).resolve().parents[4] / "shared"))
LONDON = SHARED / "faces" / "london"
STANDIN = SHARED / "models" / "buffalo_sc"


def group() -> Pixels:
    """Return insightface's `t1`: six faces, (886, 1280, 3) BGR."""
    return np.asarray(get_image("t1"), np.uint8)


def portrait() -> Pixels:
    """Return scikit-image's astronaut: one face, (512, 512, 3) BGR."""
    return np.ascontiguousarray(astronaut()[..., ::-1])


def two_people(folder: Path) -> Path:
    """Put two photos of each of two people, `man` and `woman`, into a folder, and return it."""
    woman, man = portrait()[0:300, 80:400], group()[230:450, 420:620]
    (folder / "woman_a.jpg").write_bytes(jpeg(woman))
    (folder / "woman_b.jpg").write_bytes(jpeg(woman[:, ::-1]))
    (folder / "man_a.jpg").write_bytes(jpeg(man))
    (folder / "man_b.jpg").write_bytes(jpeg(man, 80))
    return folder


def empty(height: int = 64, width: int = 64) -> Pixels:
    """Return a grey wall without a face."""
    return np.full((height, width, 3), 90, np.uint8)


def jpeg(image: Pixels, quality: int = 95) -> bytes:
    """Encode BGR pixels as an ordinary JPEG."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Encode with Pillow."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def photo_of(image: Pixels, **options: Any) -> Photo:
    """Return pixels as a request for all vectors, losslessly."""
    data = cv2.imencode(".png", image)[1].tobytes()
    return Photo(data, **({"embed": "all"} | options))


def filled(mode: str, colour: object, size: tuple[int, int] = (16, 16)) -> Image.Image:
    """Return a picture of one colour."""
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def exif(orientation: int) -> Image.Exif:
    """Return metadata that says how the camera was held."""
    metadata = Image.Exif()
    metadata[ExifTags.Base.Orientation] = orientation
    return metadata


def as_stored(image: Image.Image, orientation: int) -> Image.Image:
    """Return an upright picture as a camera held that way stores it."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return image.transpose(undo[orientation]) if orientation in undo else image


def opened_here(data: bytes, *, max_pixels: int, side: int | None) -> Picture:
    """Open a photo that is decoded in this process: faster, and its lines are counted."""
    return open_picture(data, side, partial(decode, max_pixels=max_pixels))


def decoded(data: bytes, *, max_pixels: int) -> Pixels:
    """Return all pixels of a photo."""
    return opened_here(data, max_pixels=max_pixels, side=1_000_000).fitted(1.0)


def opened(pack: Pack, role: Role) -> Session:
    """Open one of a pack's networks on ONNX Runtime and one thread."""
    file = pack.detector if role == "detector" else pack.recogniser
    return open_network(graphs_of(pack, file), Place("cpu", "onnxruntime", 1), [])[0]
