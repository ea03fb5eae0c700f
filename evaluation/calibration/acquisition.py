"""From photos to templates as the service makes them: of the largest face, if its gate lets it in.

Nothing that a photo shows, or fails to show, ends a run: that is a failure to acquire, and a
result. A file that cannot be read does, and what goes wrong with the machine; what was made until
then is in the cache.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from deployments.errors import (
    BodyTooLarge,
    FacegraphError,
    ImageTooLarge,
    LowQuality,
    NoFace,
    UndecodableImage,
    UnsupportedMediaType,
)
from deployments.messages.embedder import Analysis, Face, Photo, QualityGate
from deployments.web.problem import row_of
from evaluation.calibration.cache import Cache, Outcome
from evaluation.calibration.samples import Sample
from evaluation.calibration.templates import Failure, Templates

CHUNK: Final = 32
"""Photos that are read and analysed together: what is lost of a run that is ended, at most."""

NOT_KEPT: Final = row_of(UndecodableImage()).code
"""A reason that a slow moment of the machine gives as well: the next run tries the photo anew."""

OF_THE_PHOTO: Final = (
    BodyTooLarge,
    ImageTooLarge,
    LowQuality,
    NoFace,
    UndecodableImage,
    UnsupportedMediaType,
)
"""The errors that no template of a photo is to blame on; any other is not the photo's."""

Analyse = Callable[[Sequence[Photo]], list[Analysis | FacegraphError]]
"""Photos in, one analysis or one error each out, in their order: `Pipeline.analyse`."""


@dataclass(frozen=True, slots=True)
class Acquirer:
    """Makes a template of a photo's largest face, as 1:1 and 1:N do, unless it is known already.

    A face that `gate` refuses gives none, nor does a photo of more than `max_bytes`.
    """

    analyse: Analyse
    gate: QualityGate
    cache: Cache
    max_bytes: int

    def outcomes(self, photos: Sequence[bytes]) -> list[tuple[str, Outcome, bool]]:
        """Return each photo's digest, what became of it, and whether that was known before.

        Raises what is wrong with the machine and not with a photo, as Unavailable.
        """
        digests = [hashlib.sha256(photo).hexdigest() for photo in photos]
        known = {each: found for each in digests if (found := self.cache.get(each)) is not None}
        new = {
            digest: photo
            for digest, photo in zip(digests, photos, strict=True)
            if digest not in known
        }
        made = dict(zip(new, self._made(list(new.values())), strict=True))
        self.cache.add({each: of for each, of in made.items() if of.reason != NOT_KEPT})
        return [(each, (known | made)[each], each in known) for each in digests]

    def _made(self, photos: Sequence[bytes]) -> list[Outcome]:
        asked = [
            Photo(photo, max_faces=1, embed="largest", gate=self.gate)
            for photo in photos
            if len(photo) <= self.max_bytes
        ]
        results = iter(self.analyse(asked))
        too_large = BodyTooLarge(f"A photo has at most {self.max_bytes} bytes.")
        return [
            _outcome(next(results) if len(photo) <= self.max_bytes else too_large)
            for photo in photos
        ]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: photos of `total`; of these known before, and without a template."""

    done: int
    total: int
    known: int
    failed: int


@dataclass(frozen=True, slots=True)
class Acquired:
    """Templates of samples, and for each sample (n,) the place of its template, or -1."""

    templates: Templates
    positions: NDArray[np.intp]


def acquire(
    samples: Sequence[Sample],
    acquirer: Acquirer,
    dimension: int,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Acquired:
    """Make a template of each sample, chunk by chunk.

    Of a photo that is too large no more is read than shows it, and its digest is of that. Raises
    OSError where a photo cannot be read, and what `Acquirer.outcomes` raises.
    """
    outcomes: list[tuple[str, Outcome]] = []
    known = failed = 0
    on_progress(Progress(0, len(samples), 0, 0))
    for chunk in _chunks(samples):
        for digest, outcome, before in acquirer.outcomes(
            [_beginning(each.path, acquirer.max_bytes + 1) for each in chunk]
        ):
            outcomes.append((digest, outcome))
            known += before
            failed += outcome.vector is None
        on_progress(Progress(len(outcomes), len(samples), known, failed))
    return _acquired([sample.person for sample in samples], outcomes, dimension)


def _beginning(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _chunks(samples: Sequence[Sample]) -> Iterator[Sequence[Sample]]:
    return (samples[at : at + CHUNK] for at in range(0, len(samples), CHUNK))


def _acquired(
    people: Sequence[str], outcomes: Sequence[tuple[str, Outcome]], dimension: int
) -> Acquired:
    named = list(zip(people, outcomes, strict=True))
    made = [each for each in named if each[1][1].vector is not None]
    vectors = [outcome.vector for _, (_, outcome) in made if outcome.vector is not None]
    templates = Templates(
        people=tuple(person for person, _ in made),
        photos=tuple(digest for _, (digest, _) in made),
        vectors=np.array(vectors, np.float32).reshape(len(vectors), dimension),
        failures=tuple(
            Failure(person, digest, outcome.reason)
            for person, (digest, outcome) in named
            if outcome.vector is None
        ),
    )
    given = np.array([outcome.vector is not None for _, outcome in outcomes], bool)
    return Acquired(templates, np.where(given, np.cumsum(given) - 1, -1).astype(np.intp))


def _outcome(result: Analysis | FacegraphError) -> Outcome:
    try:
        return Outcome(_accepted(result).vector)
    except OF_THE_PHOTO as error:
        return Outcome(None, reason_of(error))


def _accepted(result: Analysis | FacegraphError) -> Face:
    """Return the largest face; raises what is wrong."""
    if isinstance(result, FacegraphError):
        raise result
    if not result.faces:
        raise NoFace("The photo shows no face.")
    reasons = result.faces[0].quality.reasons
    if reasons:
        raise LowQuality("The face does not pass the gate.", reasons)
    return result.faces[0]


def reason_of(error: FacegraphError) -> str:
    """Return the code of an error; of a face that a gate refused, with what it refused first."""
    code = row_of(error).code
    return f"{code}: {error.reasons[0]}" if isinstance(error, LowQuality) else code
