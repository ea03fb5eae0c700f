"""Something dies under traffic: when, what its callers saw of it, and when all was well again."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psutil

from tests.acceptance.conftest import Running, eventually
from tests.answers import Asked
from tests.traffic import CALLERS, Traffic, traffic

CALM_SECONDS = 3.0  # After so long without a bad answer the callers are served as before.


class Row(NamedTuple):
    """A death as the page tells it; times in seconds after it."""

    what: str
    answers: Counter[str]
    slowest: float
    bad: tuple[float, float] | None
    whole: float
    healing: str


class Death:
    """One thing that dies while `callers` go on: between `struck` and `over` (monotonic s)."""

    def __init__(self, what: str, callers: Traffic) -> None:
        self.callers = callers
        self.struck = self.over = self.whole = 0.0
        self._what = what
        self._healing = ""

    def strike(self, blow: Callable[[], object]) -> None:
        """Let it die; `blow` returns when it is dead."""
        self.struck = time.monotonic()
        blow()
        self.over = time.monotonic()

    def elapsed(self) -> float:
        """Return how long ago it died, in seconds."""
        return time.monotonic() - self.struck

    def wait(self, seen: Callable[[], bool], within_seconds: float = 90.0) -> None:
        """Let it last until something was seen of it."""
        eventually(seen, within_seconds)

    def heal(self, healing: str, whole: Callable[[], bool], within_seconds: float = 90.0) -> None:
        """Wait until it is whole, and its callers are served as before; `healing` says by what."""
        eventually(whole, within_seconds)
        self.whole = self.elapsed()
        self._healing = healing
        self.callers.flow(CALM_SECONDS, within_seconds)

    def assert_in_the_contract(self) -> None:
        """Every caller got what was asked for, or a problem that the contract allows."""
        outside = self.callers.outside_the_contract()
        assert outside == [], outside[:5]

    def assert_cut_off_at_most_in_flight(self) -> None:
        """Without an answer in form are at most those who waited for one when it died."""
        self._assert_waited(self.callers.outside_the_contract())

    def assert_cut_off_or_refused(self) -> None:
        """Hold to that where nobody else listens: until another does, connections are refused."""
        outside = self.callers.outside_the_contract()
        refused = [each for each in outside if each.broken == "refused"]
        assert [each for each in refused if each.sent > self.struck + self.whole] == []
        self._assert_waited([each for each in outside if each not in refused])

    def _assert_waited(self, cut_off: list[Asked]) -> None:
        last, first = self.over, self.struck
        waited = [each for each in cut_off if each.sent <= last and each.received >= first]
        strays = [each for each in cut_off if each not in waited or not each.cut_off]
        assert strays == [], strays[:5]
        # Each waits for one answer at a time, and may be taken once more by what is about to end.
        assert len(cut_off) <= 2 * sum(CALLERS.values()), cut_off

    def row(self) -> Row:
        """Sum up what callers saw from the death to the end."""
        asked = self.callers.asked(self.struck)
        return Row(
            self._what,
            Counter("good" if each.good else each.outcome for each in asked),
            max(each.received - each.sent for each in asked),
            self.callers.outage(self.struck),
            self.whole,
            self._healing,
        )


@contextmanager
def dying(up: Running, photo: bytes, what: str) -> Iterator[Death]:
    """Run traffic on a service while something of it dies; in the end no write may be lost."""
    with traffic(up.url, up.client.headers["Authorization"], photo) as callers:
        callers.flow()
        yield Death(what, callers)
    callers.assert_nothing_lost()


def kill(*processes: psutil.Process) -> None:
    """Kill them as the kernel does that runs out of memory; returns when they are gone."""
    for each in processes:
        each.kill()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []
