"""How the camera was held, as EXIF tells it, and pixels turned upright by that."""

from typing import Final

import cv2
import numpy as np
from PIL import ExifTags, Image

from deployments.vision.pictures import Pixels

UPRIGHT: Final = 1

# From 5 on the rows stored are the columns shown. What is left then is a mirror, as cv2.flip
# counts them: 0 swaps top and bottom, 1 left and right, -1 both.
_FIRST_SIDEWAYS: Final = 5
_MIRRORS: Final = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}


def orientation_of(image: Image.Image) -> int:
    """Return 1 to 8; 1, upright, where metadata are missing, damaged or none of these."""
    try:
        told = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - a good picture is not refused for metadata nobody can read
        return UPRIGHT
    return told if isinstance(told, int) and told in range(1, 9) else UPRIGHT


def is_sideways(orientation: int) -> bool:
    """Tell whether the width stored is the height shown."""
    return orientation >= _FIRST_SIDEWAYS


def turned(pixels: Pixels, orientation: int) -> Pixels:
    """Return (H, W, 3) pixels as stored the way they are to be looked at."""
    shown = cv2.transpose(pixels) if is_sideways(orientation) else pixels
    if orientation in _MIRRORS:
        shown = cv2.flip(shown, _MIRRORS[orientation])
    return np.asarray(shown, np.uint8)
