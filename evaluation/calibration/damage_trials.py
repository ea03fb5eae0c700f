"""What damage does: some photos made worse step by step, each as it would come to the service.

Each photo is first brought to at most `SIDE` pixels, the undamaged one too. Damaged photos go the
way of any other, through the gate and the cache.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from sys import maxsize
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from deployments.errors import FacegraphError, NoFace
from deployments.messages.embedder import Face, Photo
from deployments.vision.decoder import Decoder
from deployments.vision.pictures import Pixels
from evaluation.calibration.acquisition import Acquirer, reason_of
from evaluation.calibration.cache import Outcome
from evaluation.calibration.damages import DAMAGES
from evaluation.calibration.samples import Sample
from evaluation.calibration.templates import Templates
from evaluation.degradation import Degradation

SIDE: Final = 1280
_NOT_FOUND: Final = Outcome(None, reason_of(NoFace()))

Look = Callable[[bytes], Pixels]
"""Opens an encoded photo as (H, W, 3) BGR pixels."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A photo that will be damaged, and the place of its own template among the others."""

    sample: Sample
    place: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """What became of each probe's photo (n,) under one damage at one level."""

    damage: Degradation
    level: float
    outcomes: tuple[Outcome, ...]


def chosen(
    samples: Sequence[Sample],
    positions: NDArray[np.intp],
    templates: Templates,
    people: Collection[str],
    limit: int,
    seed: int,
) -> tuple[Probe, ...]:
    """Choose up to so many photos of those `people` who have another one, of as many as can be."""
    others = _photos_of(templates)
    allowed = set(people)
    order = np.random.default_rng(seed).permutation(len(samples))
    taken: dict[str, list[Probe]] = {}
    for sample, place in ((samples[each], int(positions[each])) for each in order):
        if place >= 0 and sample.person in allowed and len(others[sample.person]) > 1:
            taken.setdefault(sample.person, []).append(Probe(sample, place))
    rounds = max(map(len, taken.values()), default=0)
    dealt = [of[turn] for turn in range(rounds) for of in taken.values() if turn < len(of)]
    return tuple(dealt[:limit])


def damaged(
    probes: Sequence[Probe],
    acquirer: Acquirer,
    look: Look,
    on_progress: Callable[[float], None] = lambda _: None,
) -> tuple[Damaged, ...]:
    """Damage each photo in every way, and see what becomes of it; slow.

    Where no face is found in a photo that was only made smaller, none of its copies is acquired.
    """
    of_probes: list[list[Outcome]] = []
    for number, probe in enumerate(probes):
        of_probes.append(list(_of_one(probe, acquirer, look)))
        on_progress((number + 1) / len(probes))
    levels = [(damage, level) for damage in DAMAGES for level in damage.levels]
    by_level = zip(*of_probes, strict=True)
    return tuple(
        Damaged(damage, level, outcomes)
        for (damage, level), outcomes in zip(levels, by_level, strict=bool(of_probes))
    )


def opener(decoder: Decoder, max_pixels: int) -> Look:
    """Return what opens a photo in a process of its own, no larger than `SIDE`."""

    def look(data: bytes) -> Pixels:
        pixels = decoder.decode(data, SIDE, max_pixels=max_pixels).pixels
        scale = SIDE / max(pixels.shape[:2])
        if scale >= 1:
            return np.array(pixels)
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)

    return look


def _photos_of(templates: Templates) -> dict[str, set[str]]:
    photos: dict[str, set[str]] = {}
    for person, photo in zip(templates.people, templates.photos, strict=True):
        photos.setdefault(person, set()).add(photo)
    return photos


def _of_one(probe: Probe, acquirer: Acquirer, look: Look) -> Iterator[Outcome]:
    """Yield what becomes of one photo at every level; lossless copies may be of any size."""
    photo = look(probe.sample.path.read_bytes())
    face = _face(acquirer, photo)
    unbounded = replace(acquirer, max_bytes=maxsize)
    for damage in DAMAGES:
        if face is None:
            yield from [_NOT_FOUND] * len(damage.levels)
            continue
        shown = [damage.apply(photo, face, level) for level in damage.levels]
        found = unbounded.outcomes([_encoded(each) for each in shown])
        yield from (outcome for _, outcome, _ in found)


def _face(acquirer: Acquirer, photo: Pixels) -> Face | None:
    (result,) = acquirer.analyse([Photo(_encoded(photo), max_faces=1)])
    if isinstance(result, FacegraphError):
        raise result
    return result.faces[0] if result.faces else None


def _encoded(photo: Pixels) -> bytes:
    return cv2.imencode(".bmp", photo)[1].tobytes()
