"""Where the time of one request went; the same stages feed the header and the log."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

STAGES = ("queue", "decode", "detect", "align", "embed", "search", "write")


class Stages:
    """Seconds by stage, from the moment it is made.

    Photos of one request that are analysed side by side add up, so that the stages together may
    exceed the total.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._seconds: dict[str, float] = {}

    def add(self, seconds: Mapping[str, float]) -> None:
        """Count what another node measured."""
        for stage, duration in seconds.items():
            self._seconds[stage] = self._seconds.get(stage, 0.0) + duration

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Count the time spent inside."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add({stage: time.perf_counter() - started})

    def seconds(self) -> dict[str, float]:
        """Return the stages that ran, in their order, and the total so far."""
        ran = {stage: self._seconds[stage] for stage in STAGES if stage in self._seconds}
        ran["total"] = time.perf_counter() - self._started
        return ran

    def milliseconds(self) -> dict[str, float]:
        """Return the same in milliseconds, as people are told."""
        return {stage: round(seconds * 1000, 2) for stage, seconds in self.seconds().items()}

    def header(self) -> str:
        """Return the value of `Server-Timing`."""
        return ", ".join(f"{stage};dur={ms}" for stage, ms in self.milliseconds().items())
