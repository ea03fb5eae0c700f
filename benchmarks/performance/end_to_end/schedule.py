"""What is asked of whom, in which order, and for how long: in full, and in a hurry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.performance.end_to_end.contenders import (
    DEFAULTS,
    DESCRIBED,
    INDEX_ALONE,
    ONE_LOOK,
    OURS,
    TUNED,
)

COMPARED = 16  # Clients at which all are compared; that point is measured again, and longest.
SHORTER = 0.6  # Of that time the other points take.
WARM_UP_CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Schedule:
    """One run, in rounds: after the first one only the compared point is measured, of `again`.

    `clients` are by contender, in the order of the first round; `shares`, of what the closed loop
    reached, are those of the open loop. `people` are asked for.
    """

    clients: Mapping[str, Sequence[int]]
    shares: Mapping[str, Sequence[float]]
    again: Sequence[str]
    people: int
    tunes: bool
    left_out: Sequence[str] = ()


_SOME = (1, 4, COMPARED, 64)
_SHARES = (0.5, 0.8, 0.95)

FULL = Schedule(
    clients=MappingProxyType(
        {
            OURS: (1, 2, 4, 8, COMPARED, 32, 64),
            DESCRIBED[1]: _SOME,
            DESCRIBED[4]: _SOME,
            TUNED: _SOME,
            DEFAULTS: (1, COMPARED),
            ONE_LOOK: (COMPARED,),
            INDEX_ALONE: (COMPARED,),
        }
    ),
    shares=MappingProxyType({OURS: _SHARES, TUNED: _SHARES}),
    # Backwards, so that drift favours nobody; and those of the headline once more, forwards.
    again=(
        *(ONE_LOOK, DEFAULTS, TUNED, DESCRIBED[4], DESCRIBED[1], OURS),
        *(OURS, DESCRIBED[1], DESCRIBED[4], TUNED, ONE_LOOK),
    ),
    people=102,
    tunes=True,
)

QUICK = Schedule(
    clients=MappingProxyType(
        {OURS: (1, COMPARED, 64), DESCRIBED[1]: (COMPARED,), TUNED: (COMPARED,)}
    ),
    shares=MappingProxyType({OURS: (0.8,)}),
    again=(TUNED, DESCRIBED[1], OURS),
    people=40,
    tunes=False,
    left_out=(
        DESCRIBED[4],
        DEFAULTS,
        ONE_LOOK,
        INDEX_ALONE,
        "most numbers of clients",
        "the open loop of rivals, and at most rates",
        "the search for the tuned rival's best setting",
    ),
)


def schedule(*, quick: bool) -> Schedule:
    """Return the one that was asked for."""
    return QUICK if quick else FULL
