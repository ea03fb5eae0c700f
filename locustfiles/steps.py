"""What is offered when: load as a staircase of steps, in multiples of a service's capacity.

Pure arithmetic, shared by the shapes that Locust runs and by what judges them (benchmarks/load).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PACING_SECONDS = 2.0  # Each user asks once in so long.

# What is in flight when a step begins belongs to the step before: seconds until it counts for
# itself, and the largest share of a short step that may be given up for that.
SETTLING_SECONDS, SETTLING_SHARE = 3.0, 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """So many times the capacity, for so long. One that does not count lets a queue run out."""

    multiple: float
    seconds: float
    counts: bool = True


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


# What is held against each other comes again and again: a machine that others use as well changes
# its speed within minutes, and no verdict here may be about that.
# From idle to three times what the service can do and back.
_UP = (0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5)
_DOWN = (2, 1.5, 1, 0.8, 0.4, 0.2)
RAMP_TIMES = 2
RAMP = RAMP_TIMES * _steps(*((each, 6) for each in _UP), (3, 14), *((each, 6) for each in _DOWN))
SPIKE = _steps((0.4, 20), (4, 12), (0.4, 20))
_CALM = Step(0.4, 3, counts=False)
LEVEL_TIMES, LEVEL_SECONDS = 4, 8.0
LEVELS = LEVEL_TIMES * (_CALM, *_steps(*((each, LEVEL_SECONDS) for each in (0.8, 1, 1.5, 2, 3))))
SHORT = _steps((0.4, 6), (0.8, 8), (1.2, 5), (3, 8), (0.4, 8))
SOAK_MULTIPLE = 0.7


def plan(shape: str, soak_minutes: float) -> tuple[Step, ...]:
    """Return the steps of a shape by name; only the soak asks for its length."""
    soak = _steps((SOAK_MULTIPLE, 60 * soak_minutes))
    shapes = {"ramp": RAMP, "levels": LEVELS, "spike": SPIKE, "short": SHORT, "soak": soak}
    return shapes[shape]


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
    """Yield the part that counts of each step that does."""
    begin = 0.0
    for step in steps:
        settling = min(SETTLING_SECONDS, SETTLING_SHARE * step.seconds)
        if step.counts:
            yield Window(step.multiple, begin + settling, begin + step.seconds)
        begin += step.seconds
