"""Points as a machine of known numbers would give them."""

from benchmarks.performance.scaling.points import LARGE, SMALL, Point, Setting, settings
from cli.capacity.scaling import Scaling

MEGAPIXELS = {SMALL: 0.25, "1280 px": 1.5, LARGE: 9.0}
TRUTH = Scaling(photo_ms=12.0, batch_ms=2.0, megapixel_ms=0.5, contention=0.1, cores=4)


def measured(setting: Setting, *, truth: Scaling = TRUTH, times: float = 1.0) -> Point:
    """Return the point of a setting on that machine; `times` as many photos as the truth is."""
    megapixels = MEGAPIXELS[setting.photos]
    rate = truth.photos_a_second(setting.busy, batch=setting.batch, megapixels=megapixels)
    return Point(
        setting, megapixels, rate * times, p50_ms=90.0, p95_ms=100.0, cpu_ms=12.0, spread=0.02
    )


def all_points(cores: int, truth: Scaling = TRUTH) -> list[Point]:
    """Return every point that is measured on so many cores."""
    return [measured(setting, truth=truth) for setting in settings(cores, quick=False)]


def point_of(processes: int, threads: int, batch: int, rate: float, cpu: float = 12.0) -> Point:
    """Return a point of two cores by what the best of them is chosen by."""
    setting = Setting(processes, 2, threads, batch, SMALL, "fit")
    return Point(setting, 0.25, rate, p50_ms=90.0, p95_ms=100.0, cpu_ms=cpu, spread=0.02)
