"""Spans of every setting in turns, round after round, so that drift hits all alike."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.performance.plan import Plan
from benchmarks.performance.scaling import fit, replicas
from benchmarks.performance.scaling.points import LARGE, MIDDLE, SMALL, Point, Setting, settings
from benchmarks.performance.scaling.replicas import Photos
from benchmarks.performance.scaling.shipped_setting import shipped_setting
from benchmarks.subjects.photographs import PHONE_SIDE, enlarged, pixels

ROUNDS = 3
SECONDS = 1.3
QUICK_ROUNDS = 1
QUICK_SECONDS = 1.0
_SMALL_PHOTOS = 24
_LARGE_PHOTOS = 4
_MIDDLE_SIDE = 1280

Found = dict[str, Any]


def measure(plan: Plan) -> Found:
    """Measure every setting and fit the model; JSON's kind of result."""
    cores = sorted(os.sched_getaffinity(0))
    wanted = settings(len(cores), quick=plan.quick)
    photos = _photos(plan.photos)
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if plan.quick else (ROUNDS, SECONDS)
    with replicas.replicas(plan.at_hand.pack, _most(wanted), cores, photos) as running:
        # Every other round backwards, for what drifts one way.
        served = [
            {each: replicas.summed(running.serve(each, seconds)) for each in wanted[:: (-1) ** at]}
            for at in range(rounds)
        ]
    sizes = {name: _megapixels(several) for name, several in photos.items()}
    points = [
        replicas.point(each, sizes[each.photos], [one[each] for one in served]) for each in wanted
    ]
    return told(points) | {"rounds": rounds, "seconds a span": seconds, "cores": len(cores)}


def told(points: Sequence[Point]) -> Found:
    """Return the points and the model fitted on them."""
    return {
        "points": [point.told() for point in points],
        "model": fit.checked(points, fit.fitted(points)).model_dump(),
        "shipped": asdict(shipped_setting()),
    }


def _most(wanted: Sequence[Setting]) -> dict[int, int]:
    """Return how many replicas are needed at most, by their number of threads."""
    threads = sorted({each.threads for each in wanted})
    return {
        count: max(each.processes for each in wanted if each.threads == count) for count in threads
    }


def _photos(given: Sequence[bytes]) -> Photos:
    few = given[:_LARGE_PHOTOS]
    return {
        SMALL: given[:_SMALL_PHOTOS],
        MIDDLE: [enlarged(each, _MIDDLE_SIDE) for each in few],
        LARGE: [enlarged(each, PHONE_SIDE) for each in few],
    }


def _megapixels(photos: Sequence[bytes]) -> float:
    """Return those of a photo, in the mean."""
    sizes = [pixels(each).shape for each in photos]
    return float(sum(height * width for height, width, _ in sizes) / len(sizes) / 1e6)
