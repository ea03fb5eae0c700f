"""What is offered when: load as a staircase of steps, in multiples of a service's capacity.

Pure arithmetic, shared by the shapes that Locust runs and by what judges them (benchmarks/load).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# What is in flight when a step begins belongs to the step before: seconds until it counts for
# itself, and the largest share of a short step that may be given up for that.
SETTLING_SECONDS, SETTLING_SHARE = 3.0, 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """So many times the capacity, for so long."""

    multiple: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a step that counts, in seconds since the beginning of the first step."""

    multiple: float
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.end - self.begin


def _steps(*pairs: tuple[float, float]) -> tuple[Step, ...]:
    return tuple(Step(multiple, seconds) for multiple, seconds in pairs)


# From idle to three times what the service can do and back. Long where a p99 is read.
_UP = ((0.2, 8), (0.4, 8), (0.6, 8), (0.8, 30), (1, 12), (1.25, 12), (1.5, 10), (2, 10), (2.5, 10))
RAMP = _steps(*_UP, (3, 30), (2, 8), (1, 8), (0.8, 15), (0.4, 8))
SPIKE = _steps((0.4, 20), (4, 12), (0.4, 20))
SHORT = _steps((0.4, 6), (0.8, 8), (1.2, 5), (3, 8), (0.4, 8))
SOAK_MULTIPLE = 0.7


def plan(shape: str, soak_minutes: float) -> tuple[Step, ...]:
    """Return the steps of a shape by name; only the soak asks for its length."""
    soak = _steps((SOAK_MULTIPLE, 60 * soak_minutes))
    return {"ramp": RAMP, "spike": SPIKE, "short": SHORT, "soak": soak}[shape]


def seconds(steps: Sequence[Step]) -> float:
    """Return how long all of them last."""
    return sum(step.seconds for step in steps)


def offered(steps: Sequence[Step], elapsed: float) -> float | None:
    """Return the multiple that is offered at a moment; None when the last step is over."""
    for step in steps:
        if elapsed < step.seconds:
            return step.multiple
        elapsed -= step.seconds
    return None


def windows(steps: Sequence[Step]) -> Iterator[Window]:
    """Yield the part of each step that counts."""
    begin = 0.0
    for step in steps:
        settling = min(SETTLING_SECONDS, SETTLING_SHARE * step.seconds)
        yield Window(step.multiple, begin + settling, begin + step.seconds)
        begin += step.seconds
