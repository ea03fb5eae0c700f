"""The model of cli/capacity/scaling.py fitted on some points, and its error on the others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.performance.scaling.points import Point
from cli.capacity.scaling import Scaling

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Check:
    """What was measured at a point, and what the model says of it; photos a second."""

    point: Point
    predicted: float

    @property
    def error(self) -> float:
        """How far off the prediction is, as a share of what was measured."""
        return self.predicted / self.point.photos_a_second - 1


def fitted(points: Sequence[Point]) -> Scaling:
    """Fit on the points whose role is `fit`, in two steps.

    First the work of a photo, by least squares on those with one busy core; then what each further
    one adds to the time, through no addition for the first. Raises ValueError without a point.
    """
    given = [point for point in points if point.setting.role == "fit"]
    alone = [point for point in given if point.setting.busy == 1]
    if not alone:
        raise ValueError("no point with one busy core to fit on")
    photo, batch, megapixel = _work(alone)
    work = Scaling(
        photo_ms=photo,
        batch_ms=batch,
        megapixel_ms=megapixel,
        contention=0.0,
        cores=max(point.setting.busy for point in given),
    )
    together = [point for point in given if point.setting.busy > 1]
    return work.model_copy(update={"contention": _contention(together, work)})


def checked(points: Sequence[Point], model: Scaling) -> Scaling:
    """Return the model with how far off it is, at most, on the points that it was not fitted on."""
    return model.model_copy(update={"unseen": largest_error(checks(points, model))})


def largest_error(checked: Sequence[Check]) -> float:
    """Return how far off the model is where it is furthest off, as a share; 0 without checks."""
    return max((abs(check.error) for check in checked), default=0.0)


def checks(points: Sequence[Point], model: Scaling) -> list[Check]:
    """Return what the model says of each point that it was not fitted on and knows of."""
    return [
        Check(point, predicted(point, model)) for point in points if point.setting.role == "check"
    ]


def predicted(point: Point, model: Scaling) -> float:
    """Return the photos a second the model gives a point."""
    setting = point.setting
    return model.photos_a_second(setting.busy, batch=setting.batch, megapixels=point.megapixels)


def core_milliseconds(point: Point) -> float:
    """Return for how long a photo keeps a core, by how many were done."""
    return 1000 * point.setting.busy / point.photos_a_second


def _work(alone: Sequence[Point]) -> list[float]:
    parts = np.array([[1.0, 1 / point.setting.batch, point.megapixels] for point in alone])
    taken = np.array([core_milliseconds(point) for point in alone])
    solved: Floats = np.linalg.lstsq(parts, taken, rcond=None)[0]
    return [float(each) for each in solved]


def _contention(together: Sequence[Point], work: Scaling) -> float:
    """Return the slope of the added time over the further cores; 0 without such points.

    Nobody is faster for having neighbours: below 0 it is noise, and 0.
    """
    if not together:
        return 0.0
    further = np.array([point.setting.busy - 1.0 for point in together])
    added = np.array([_slowdown(point, work) - 1 for point in together])
    return max(0.0, float(further @ added / (further @ further)))


def _slowdown(point: Point, work: Scaling) -> float:
    alone = work.milliseconds(batch=point.setting.batch, megapixels=point.megapixels)
    return core_milliseconds(point) / alone
