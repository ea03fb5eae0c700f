"""A number, and how far it can be trusted."""

from dataclasses import dataclass
from enum import IntEnum


class Basis(IntEnum):
    """What a number rests on, the surest first; what is reckoned from several has the worst.

    `measured` was read as it is, `fitted` lies on a curve between measured points, `extrapolated`
    lies beyond them: another pack, a larger gallery, more cores.
    """

    measured = 0
    fitted = 1
    extrapolated = 2


@dataclass(frozen=True, slots=True)
class Known:
    """A number with its basis; sums and products are as good as the worst of their parts."""

    value: float
    basis: Basis

    def __add__(self, other: "Known") -> "Known":
        return Known(self.value + other.value, max(self.basis, other.basis))

    def __mul__(self, other: "Known") -> "Known":
        return Known(self.value * other.value, max(self.basis, other.basis))

    def times(self, factor: float) -> "Known":
        """Return it multiplied by what is given, and so certain."""
        return Known(self.value * factor, self.basis)


def measured(value: float) -> Known:
    """Return a number that was read as it is."""
    return Known(value, Basis.measured)


def fitted(value: float, *, within: bool) -> Known:
    """Return a number from a curve: extrapolated where it is not within the measured points."""
    return Known(value, Basis.fitted if within else Basis.extrapolated)
