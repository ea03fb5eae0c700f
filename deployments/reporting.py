"""Tells, every few seconds, what this process has counted; knows nothing of Ray."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context

import psutil
import structlog

from deployments import instruments
from deployments.messages import Counted
from deployments.totals import Reporter

LOOK_SECONDS = 2.0
BEAT_SECONDS = 10.0  # As often at least, for a replica that is silent is taken for gone.

log = structlog.get_logger("facegraph.reporting")


class Reporting:
    """Looks at what this process has counted, and tells what changed; lives as long as its loop.

    `tell` hands it over and returns whether the replica was known there; `look` sets the gauges of
    the deployment just before.
    """

    def __init__(
        self,
        reporter: Reporter,
        tell: Callable[[Counted], Awaitable[bool]],
        look: Callable[[], object],
    ) -> None:
        self._reporter = reporter
        self._tell = tell
        self._look = look
        self._told_at = -BEAT_SECONDS
        self._away = False
        # Not in the context of a request: Ray ends what belongs to one whose caller leaves.
        self._task = asyncio.create_task(self._go_on(), context=Context())

    def close(self) -> None:
        """Tell nothing more."""
        self._task.cancel()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._look()
            counted = self._reporter.counted()
            if counted.sums or time.monotonic() - self._told_at >= BEAT_SECONDS:
                await self._report(counted)

    async def _report(self, counted: Counted) -> None:
        try:
            known = await self._tell(counted)
        except Exception as error:  # noqa: BLE001  whatever ails it, nothing is lost: it is told again
            if not self._away:
                log.warning("telemetry away", error=type(error).__name__)
            self._away = True
            return
        self._away = False
        self._told_at = time.monotonic()
        self._reporter.heard(counted, known=known)


class Usage:
    """What the process and its children take of the machine, as gauges and a counter."""

    def __init__(self, deployment: str) -> None:
        self._process = psutil.Process()
        self._cpu = instruments.cpu_seconds.labels(deployment)
        self._memory = instruments.resident_bytes.labels(deployment)
        self._used = 0.0

    def look(self) -> None:
        """Measure anew."""
        family = [self._process, *self._process.children(recursive=True)]
        used = sum(map(_cpu_seconds, family))
        # A child that is gone takes what it used with it, until it was waited for.
        self._cpu.inc(max(0.0, used - self._used))
        self._used = max(self._used, used)
        self._memory.set(sum(map(_resident, family)))


def _cpu_seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system
    return 0.0


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0
