"""How often in a row something may fail: log-ins of a name, verifications of an identity."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures in a row are free, and what those after them cost.

    The last free one starts a delay, which doubles with each further failure up to the longest;
    at the hard stop, where there is one, the delay has no end.
    """

    free: int
    delay_seconds: float
    longest_delay_seconds: float
    hard_stop: int | None = None


# As shipped; a service takes its own from its settings.
LOG_INS = Allowance(5, 30.0, 900.0)
VERIFICATIONS = Allowance(5, 30.0, 3600.0, hard_stop=50)
