"""What all statistics start from: templates, whose they are, and what could not be acquired."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo of which no template could be made; `photo` is the SHA-256 of its bytes, as digits.

    `reason` is the code of the error that the service answers; of `low_quality` also the first
    measure that the gate refused, as in `low_quality: blurred`.
    """

    person: str
    photo: str
    reason: str


@dataclass(frozen=True, slots=True)
class Templates:
    """Templates of photos: whose each is, of which photo (SHA-256, as digits), and its vector.

    `vectors` (n, d) are of unit length. A photo that was given twice is here twice.
    """

    people: tuple[str, ...]
    photos: tuple[str, ...]
    vectors: NDArray[np.float32]
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which templates are compared, by their places (m,), where it is not each with each other."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
