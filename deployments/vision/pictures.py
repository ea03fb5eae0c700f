"""A decoded photo that can be seen at several sizes, each made when it is first asked for.

Coordinates are pixels of the whole photo throughout, whatever was decoded of it. One pixel of a
picture reduced by r stands for r x r pixels, the first of which it does not lie on but among:
its centre is (r - 1) / 2 further in. What fills no such block at the right or lower edge is in no
reduced picture.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

REDUCTIONS: Final = (1, 2, 4, 8)  # What libjpeg can decode at a fraction of the cost.

# Pixels a crop may be made of, by how many it has itself, along one side: at least 1.25. Fewer
# blur it, and far more would be picked from instead of averaged (each reduction averages).
_LEAST_PIXELS = 1.25


class Decoded(NamedTuple):
    """(H, W, 3) BGR pixels of an upright photo, what they are reduced by, and its whole size."""

    pixels: Pixels
    reduction: int
    size: tuple[int, int]  # Width and height, as shown.


# Takes a photo and the side that its longer one should at least have, or None for all of it.
Decode = Callable[[bytes, int | None], Decoded]


class Picture:
    """(H, W, 3) BGR pixels of a photo, reduced or whole; lives as long as its request.

    `finer` decodes at a smaller reduction than the one at hand; without it the pixels are the
    whole photo. It may raise what decoding raises. A plain picture is whole and is never reduced:
    pixels are picked from it, not averaged, as insightface does it.
    """

    def __init__(
        self,
        pixels: Pixels,
        reduction: int = 1,
        size: tuple[int, int] | None = None,
        *,
        finer: Callable[[int], Pixels] | None = None,
        plain: bool = False,
    ) -> None:
        height, width = pixels.shape[:2]
        self.width, self.height = size or (int(width), int(height))
        self._finest = reduction
        self._finer = finer
        self._reductions = REDUCTIONS[:1] if plain else REDUCTIONS
        self._levels = {reduction: pixels}

    @property
    def side(self) -> int:
        """The longer side of the whole photo."""
        return max(self.width, self.height)

    def clip(self, box: NDArray[np.float32]) -> tuple[float, float, float, float]:
        """Return the part of a (4,) box that lies within the photo; of no size where none does."""
        left, top, right, bottom = np.clip(box, 0, [self.width, self.height] * 2).tolist()
        return left, top, right, bottom

    def area(self, box: NDArray[np.float32]) -> float:
        """Return the square pixels a (4,) box has within the photo."""
        left, top, right, bottom = self.clip(box)
        return max(right - left, 0.0) * max(bottom - top, 0.0)

    def fitted(self, scale: float) -> Pixels:
        """Return the whole photo resized by `scale`, sampled from its nearest larger reduction."""
        reduction = self._largest_reduction(scale)
        pixels, factor = self._level(reduction), scale * reduction
        height, width = (max(1, int(length * factor)) for length in pixels.shape[:2])
        if pixels.shape[:2] == (height, width):
            return pixels
        if reduction == 1:
            # As insightface does it: what is rounded off the size stretches or squeezes the photo.
            return np.asarray(cv2.resize(pixels, (width, height)), np.uint8)
        shift = (factor - 1) / 2
        matrix = np.array([[factor, 0, shift], [0, factor, shift]])
        sampled = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(sampled, np.uint8)

    def cut(self, matrix: NDArray[np.float64], side: int) -> Pixels:
        """Return (side, side, 3) pixels seen through a (2, 3) similarity; beyond the edge, black.

        The matrix maps pixels of the photo to pixels of the cut.
        """
        scale = float(np.hypot(*matrix[:, 0]))
        reduction = self._largest_reduction(scale * _LEAST_PIXELS)
        linear, shift = matrix[:, :2], matrix[:, 2]
        shift = shift + linear.sum(axis=1) * (reduction - 1) / 2
        reduced = np.column_stack([linear * reduction, shift])
        cut = cv2.warpAffine(self._level(reduction), reduced, (side, side))
        return np.asarray(cut, np.uint8)

    def _largest_reduction(self, scale: float) -> int:
        """Return the largest reduction that leaves the pixels for a scale; 1 where none does."""
        return max(each for each in self._reductions if each == 1 or each * scale <= 1)

    def _level(self, reduction: int) -> Pixels:
        if reduction not in self._levels:
            self._levels[reduction] = self._made(reduction)
        return self._levels[reduction]

    def _made(self, reduction: int) -> Pixels:
        if reduction < self._finest and self._finer:
            pixels, self._finest = self._finer(reduction), reduction
            return pixels
        return _averaged(self._levels[self._finest], reduction // self._finest)


def open_picture(data: bytes, side: int | None, decode: Decode) -> Picture:
    """Have a photo decoded, and what is looked at closer decoded again when it is.

    Without a side it is decoded whole, and looked at plainly. Raises what `decode` does.
    """
    pixels, reduction, size = decode(data, side)

    def finer(wanted: int) -> Pixels:
        return decode(data, max(size) // wanted).pixels

    return Picture(pixels, reduction, size, finer=finer, plain=side is None)


def _averaged(pixels: Pixels, times: int) -> Pixels:
    """Average blocks of `times` x `times` pixels; what fills no block at the edge is left out."""
    height, width = (max(1, length // times) for length in pixels.shape[:2])
    whole = pixels[: height * times, : width * times]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA).astype(
        np.uint8, copy=False
    )
