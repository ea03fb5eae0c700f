"""Tells, again and again, what this process has counted; knows nothing of Ray."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import Context
from typing import ClassVar
from uuid import uuid4

import psutil
import structlog

from deployments import instruments
from deployments.counters import counting
from deployments.instruments import Deployment
from deployments.messages.measurements import Counted, Heard, Series
from deployments.totals import Reporter

LOOK_SECONDS = 2.0  # Until whoever hears it says otherwise.
BEAT_SECONDS = 10.0  # As often at least, for a replica that is silent is taken for gone.
LAST_WORD_SECONDS = 1.0
PATIENCE_SECONDS = 5.0  # What was not heard by then is told again.

log = structlog.get_logger("facegraph.reporting")

Tell = Callable[[Counted], Awaitable[Heard]]


def begin(deployment: Deployment, tell: Tell, look: Callable[[], object] = lambda: None) -> None:
    """Have this process report from now on, if it counts at all."""
    if counting():
        reporter = Reporter(uuid4().hex, deployment)
        Reporting.current = Reporting(reporter, tell, look, Usage(deployment))


async def stop() -> None:
    """Report a last time."""
    reporting, Reporting.current = Reporting.current, None
    if reporting:
        await reporting.end()


class Reporting:
    """Looks at what this process has counted, and tells what changed; lives as long as its loop.

    `tell` hands it over and returns what it is answered; `look` sets the gauges of the deployment
    just before.
    """

    current: "ClassVar[Reporting | None]" = None

    def __init__(
        self, reporter: Reporter, tell: Tell, look: Callable[[], object], usage: "Usage"
    ) -> None:
        self._reporter = reporter
        self._tell = tell
        self._look = look
        self._usage = usage
        self._told_at = -math.inf
        self._pause = LOOK_SECONDS
        self._away = False
        self._gauges: Mapping[Series, float] = {}
        # Not in the context of a request: Ray ends what belongs to one whose caller leaves.
        self._task = asyncio.create_task(self._go_on(), context=Context())

    async def end(self) -> None:
        """Tell a last time, for what was counted since the last word, and nothing after."""
        self._task.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._report()

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            self._set_gauges()
            await self._report()

    def _set_gauges(self) -> None:
        try:
            self._look()
            self._usage.look()
        except Exception:
            log.exception("gauges not set")

    async def _report(self) -> None:
        counted = self._reporter.counted()
        changed = counted.sums or counted.gauges != self._gauges
        if not changed and time.monotonic() - self._told_at < BEAT_SECONDS:
            return
        try:
            heard = await self._tell(counted)
        except Exception as error:  # noqa: BLE001  nothing is lost: it is told again
            if not self._away:
                log.warning("telemetry away", error=type(error).__name__)
            self._away = True
            return
        if self._away:
            log.info("telemetry back")
        self._away, self._told_at, self._pause = False, time.monotonic(), heard.pause
        self._gauges = counted.gauges
        self._reporter.heard(counted, known=heard.known)


class Usage:
    """What the process and its decoders take of the machine, as a gauge and a counter.

    It is measured with the beat: to find the decoders every process of the machine is read.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._process = psutil.Process()
        self._decodes = deployment == "Embedder"
        self._cpu = instruments.cpu_seconds.labels(deployment)
        self._memory = instruments.resident_bytes.labels(deployment)
        self._used = 0.0
        self._looked_at = -math.inf

    def look(self) -> None:
        """Measure anew, where that was not done for a while."""
        if time.monotonic() - self._looked_at < BEAT_SECONDS:
            return
        self._looked_at = time.monotonic()
        decoders = self._process.children(recursive=True) if self._decodes else []
        family = [self._process, *decoders]
        used = sum(map(_cpu_seconds, family))
        # A decoder that is gone takes what it used with it, until it was waited for.
        self._cpu.inc(max(0.0, used - self._used))
        self._used = max(self._used, used)
        self._memory.set(sum(map(_resident, family)))


def _cpu_seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def _resident(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0
