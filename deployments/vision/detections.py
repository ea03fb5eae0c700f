"""What a detector says of one face."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Detection:
    """One face as found: `box` (4,) x1 y1 x2 y2 may reach past the edge, `landmarks` is (5, 2).

    Landmarks: the eye on the left of the image, the other eye, nose, mouth left, mouth right.
    """

    box: NDArray[np.float32]
    score: float
    landmarks: NDArray[np.float32]

    @property
    def side(self) -> float:
        """The longer side of the box."""
        return float((self.box[2:] - self.box[:2]).max())
