"""What a calibration compares: templates and whom they are of, and the photos that gave none.

Templates are biometric data: they are in memory here, and in no report.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo of which no template could be made, and the code of the error that says why."""

    person: str
    photo: str
    reason: str


@dataclass(frozen=True, slots=True)
class Templates:
    """One template a photo; `vectors` is float32 of shape (n, d) and unit length.

    `photos` are SHA-256 digests of the photos' bytes, in hexadecimal.
    """

    people: tuple[str, ...]
    photos: tuple[str, ...]
    vectors: NDArray[np.float32]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairs:
    """The comparisons to be made where a protocol lists them: indices into templates, (n,) each."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
