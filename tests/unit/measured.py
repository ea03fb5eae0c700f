"""What this process has counted, for tests that look before and after."""

from collections.abc import Callable

from deployments.instruments import REGISTRY


def counted(name: str, **labels: str) -> float:
    """Return what a series stands at; one that is not there is at nought."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


def growth(name: str, **labels: str) -> Callable[[], float]:
    """Return what tells how much a series has grown since."""
    before = counted(name, **labels)
    return lambda: counted(name, **labels) - before


def series() -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    """Return every series by name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in REGISTRY.collect()
        for sample in family.samples
    }
