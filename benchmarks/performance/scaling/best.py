"""Which setting serves most, and whether the one that is shipped serves as much."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.performance.scaling.points import SMALL, Point

ALIKE = 0.05  # On a machine that is shared, spans of one setting differ by as much.


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best setting, the shipped one, and whether another should be shipped."""

    best: Point
    shipped: Point

    @property
    def stands(self) -> bool:
        """Tell whether the shipped setting serves as much as any, but for noise."""
        return self.shipped.photos_a_second >= (1 - ALIKE) * self.best.photos_a_second


def candidates(points: Sequence[Point]) -> list[Point]:
    """Return the points a service could be set to: all cores, photos as they are."""
    most = max(point.setting.cores for point in points)
    return [
        point for point in points if point.setting.cores == most and point.setting.photos == SMALL
    ]


def best(points: Sequence[Point]) -> Point:
    """Return the setting with most photos a second; of those alike the one with least CPU a photo.

    What it leaves of the cores is there for the rest of the service.
    """
    able = candidates(points)
    most = max(point.photos_a_second for point in able)
    alike = [point for point in able if point.photos_a_second >= (1 - ALIKE) * most]
    return min(alike, key=lambda point: point.cpu_ms)


def judged(points: Sequence[Point], *, processes: int, threads: int, batch: int) -> Verdict:
    """Compare what is shipped with the best; raises LookupError where it was not measured."""
    for point in candidates(points):
        setting = point.setting
        if (setting.processes, setting.threads, setting.batch) == (processes, threads, batch):
            return Verdict(best(points), point)
    raise LookupError(f"{processes} x {threads} threads, batch {batch}, was not measured")
