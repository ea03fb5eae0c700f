"""What a process counted is told every few seconds, whatever happens to whoever hears it."""

import asyncio
import math
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator

import psutil
import pytest
import structlog
from structlog.typing import EventDict

from deployments import counters, instruments, reporting
from deployments.ending import last_words
from deployments.instruments import Deployment
from deployments.messages.measurements import Counted, Heard
from deployments.reporting import Reporting, Usage, begin
from tests.unit.measured import counted, growth

Begin = Callable[..., None]


class Hearer:
    """Whoever is told; may not know who tells, or be away."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.known = True
        self.words: asyncio.Queue[Counted] = asyncio.Queue()

    async def take(self, word: Counted) -> Heard:
        """Take a word."""
        self.words.put_nowait(word)
        if self.error is not None:
            raise self.error
        return Heard(self.known, 0.0)

    async def hears(self) -> Counted:
        """Wait for the next word."""
        return await asyncio.wait_for(self.words.get(), 5)


@pytest.fixture
def hearer() -> Hearer:
    """Return one that hears."""
    return Hearer()


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[EventDict]]:
    """Yield what is logged."""
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch, hearer: Hearer) -> AsyncIterator[Begin]:
    """Begin to report, without a pause; end it afterwards."""
    monkeypatch.setattr(reporting, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(reporting, "BEAT_SECONDS", 0.0)

    def start_one(look: Callable[[], object] = lambda: None) -> None:
        begin("Limiter", hearer.take, look)

    yield start_one
    await reporting.stop()


async def test_the_first_word_is_whole(hearer: Hearer, start: Begin) -> None:
    """All that was counted is told first, and then what changes."""
    start()
    first, second = await hearer.hears(), await hearer.hears()

    assert (first.deployment, first.before) == ("Limiter", {})
    assert second.before is None
    assert second.replica == first.replica
    assert len(first.sums) > len(second.sums)


async def test_gauges_are_set_before_they_are_told(hearer: Hearer, start: Begin) -> None:
    """A look is taken for each word."""
    start(lambda: instruments.places.set(17))
    word = await hearer.hears()

    assert {key.family: value for key, value in word.gauges.items()}["facegraph_places"] == 17


async def test_whoever_does_not_know_it_is_told_all(hearer: Hearer, start: Begin) -> None:
    """The word after that is whole, and says from where it counts on."""
    start()
    first = await hearer.hears()
    hearer.known = False
    while not (word := await hearer.hears()).before:
        pass

    assert word.sums.keys() == word.before.keys() == first.sums.keys()


async def test_it_goes_on_whoever_is_away(
    hearer: Hearer, start: Begin, lines: list[EventDict]
) -> None:
    """A line tells of it, however long it lasts, another of its end; nothing counted is lost."""
    hearer.error = ConnectionError("of the hearer")
    start()
    for _ in range(3):
        assert (await hearer.hears()).before is not None
    hearer.error = None
    while (await hearer.hears()).before is not None:
        pass

    assert [line["event"] for line in lines] == ["telemetry away", "telemetry back"]


async def test_sums_are_told_whatever_a_look_fails_at(
    hearer: Hearer, start: Begin, lines: list[EventDict]
) -> None:
    """That is a bug, and told as one."""

    def look() -> None:
        raise RuntimeError("of the look")

    start(look)
    word = await hearer.hears()

    assert word.sums
    assert {line["event"] for line in lines} == {"gauges not set"}
    assert all(line["exc_info"] for line in lines)


async def test_last_words(hearer: Hearer, start: Begin) -> None:
    """What was counted since the word before is told at the end, once, and nothing after."""
    start()
    await hearer.hears()
    instruments.rejects.labels("internal").inc()
    ending = last_words()
    assert ending is not None
    await ending
    told = [hearer.words.get_nowait() for _ in range(hearer.words.qsize())]
    await asyncio.sleep(0)

    assert [key.family for word in told for key in word.sums].count("facegraph_rejects") == 1
    assert hearer.words.empty()
    assert last_words() is None


async def test_last_words_to_nobody(
    monkeypatch: pytest.MonkeyPatch, hearer: Hearer, start: Begin
) -> None:
    """A replica does not wait for whoever does not hear."""
    monkeypatch.setattr(reporting, "LAST_WORD_SECONDS", 0.0)

    async def silence(_: Counted) -> Heard:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(hearer, "take", silence)
    start()
    await reporting.stop()


async def test_a_gauge_that_moved_is_told(
    monkeypatch: pytest.MonkeyPatch, hearer: Hearer, start: Begin
) -> None:
    """Also where no sum has changed; where nothing has, nothing is told before the beat."""
    monkeypatch.setattr(reporting, "BEAT_SECONDS", math.inf)
    queue = iter([1, 1, 1, 2])
    waiting = instruments.queue_depth.labels("Limiter")
    start(lambda: waiting.set(next(queue, 2)))
    depths = [
        value
        for word in [await hearer.hears(), await hearer.hears()]
        for key, value in word.gauges.items()
        if ("deployment", "Limiter") in key.labels and key.family == "facegraph_queue_depth"
    ]

    assert depths == [1, 2]


async def test_nothing_is_told_where_nothing_is_counted(
    monkeypatch: pytest.MonkeyPatch, hearer: Hearer
) -> None:
    """Without metrics there is no report at all."""
    monkeypatch.setattr(reporting, "counting", lambda: False)

    begin("Limiter", hearer.take)

    assert Reporting.current is None


def test_counters_that_are_off_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of what is counted meanwhile is there afterwards."""
    batches, pace = growth("facegraph_batch_size_count"), counted("facegraph_pace")
    refused = growth("facegraph_rejects_total", reason="internal")
    monkeypatch.setattr(counters, "counting", lambda: False)
    instruments.batch_size.observe(1)
    instruments.rejects.labels("internal").inc()
    instruments.pace.set(pace + 1)
    instruments.pace.inc()
    instruments.pace.dec(5)

    assert (batches(), refused(), counted("facegraph_pace")) == (0, 0, pace)


def test_the_settings_say_whether_it_counts() -> None:
    """As shipped it does."""
    counters.counting.cache_clear()

    assert counters.counting()


@pytest.mark.parametrize("deployment", ["Telemetry", "Embedder"])
def test_usage_only_grows(monkeypatch: pytest.MonkeyPatch, deployment: Deployment) -> None:
    """CPU time is counted from the first look on, and never falls."""
    monkeypatch.setattr(reporting, "BEAT_SECONDS", 0.0)
    grown = growth("facegraph_cpu_seconds_total", deployment=deployment)
    usage = Usage(deployment)
    usage.look()
    first = grown()
    usage.look()

    assert 0 < first <= grown()
    assert counted("facegraph_resident_bytes", deployment=deployment) > 1e6


@pytest.mark.parametrize(("deployment", "has"), [("Embedder", True), ("Limiter", False)])
def test_decoders_are_the_embedders(deployment: Deployment, has: bool) -> None:
    """What its child processes take counts as its own; the others have none, and look for none."""
    program = "held = bytearray(100_000_000); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        Usage(deployment).look()
        own = psutil.Process().memory_info().rss
        child.communicate(b"\n")
    beyond = counted("facegraph_resident_bytes", deployment=deployment) - own

    assert (beyond > 5e7) is has


def test_usage_is_not_measured_with_each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a beat nothing is read again."""
    usage = Usage("Telemetry")
    usage.look()
    monkeypatch.setattr(usage, "_process", None)
    usage.look()
