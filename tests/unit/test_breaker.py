"""The breaker: what opens it, what does not, and how it closes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar

import pytest
import structlog
from structlog.typing import EventDict

from deployments import breaker as breaker_module
from deployments.breaker import Breaker
from deployments.errors import (
    AttemptsExceeded,
    DeadlineExceeded,
    FacegraphError,
    NoFace,
    NotFound,
    Overloaded,
    Unavailable,
)
from tests.unit.measured import counted

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)


class Gone(Exception):
    """The sign of the tests."""


class Dependency:
    """What stands behind the breaker: it answers, fails, or keeps silent; told of each question."""

    def __init__(self) -> None:
        self.fails_with: list[Exception] = []
        self.silent = False
        self.request: str | None = None
        self.questions: asyncio.Queue[None] = asyncio.Queue()

    async def answer(self) -> None:
        """Answer a question as told; the last error told is that of all further questions."""
        self.request = REQUEST.get()
        self.questions.put_nowait(None)
        if self.silent:
            await asyncio.Future()
        if self.fails_with:
            raise self.fails_with[0] if len(self.fails_with) == 1 else self.fails_with.pop(0)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the breaker lose its patience at once."""
    monkeypatch.setattr(breaker_module, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(breaker_module, "PROBE_SECONDS", 0.02)
    monkeypatch.setattr(breaker_module, "AGAIN_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[EventDict]]:
    """Yield what is logged."""
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture
def dependency() -> Dependency:
    """Return a dependency that answers."""
    return Dependency()


@pytest.fixture
async def breaker(dependency: Dependency) -> AsyncIterator[Breaker]:
    """Yield a closed breaker before it."""
    made = Breaker("database", dependency.answer, (Gone, ConnectionError))
    yield made
    made.close()


async def fail(breaker: Breaker, error: Exception) -> None:
    """Make a call that ends with an error."""
    with pytest.raises(type(error)):
        async with breaker.call(5):
            raise error


async def hang(breaker: Breaker, budget: float | None = 5) -> None:
    """Make a call that nothing answers."""
    async with breaker.call(budget):
        await asyncio.Future()


async def opened(breaker: Breaker) -> None:
    """Come back once the breaker is open: it then breaks off what is under way."""
    with pytest.raises(Unavailable):
        await hang(breaker)


async def closed(breaker: Breaker) -> None:
    """Come back once the breaker lets a call through."""
    async with asyncio.timeout(5):
        while True:
            try:
                async with breaker.call(5):
                    return
            except Unavailable:
                await asyncio.sleep(0)


async def test_a_call_goes_through(breaker: Breaker, dependency: Dependency) -> None:
    """A dependency that answers its calls is asked nothing besides."""
    async with breaker.call(5):
        pass
    await asyncio.sleep(0)

    assert (breaker.open, dependency.questions.qsize()) == (False, 0)


async def test_a_dependency_that_is_gone(breaker: Breaker, dependency: Dependency) -> None:
    """After a sign that it is gone, and a question that confirms it, nobody gets through to it.

    Who was under way is told so too, and everybody when to come again.
    """
    dependency.fails_with = [Gone()]
    under_way = asyncio.create_task(opened(breaker))
    await asyncio.sleep(0)
    await fail(breaker, Gone())
    await under_way
    reached = False
    with pytest.raises(Unavailable) as refusal:
        async with breaker.call(5):
            reached = True

    assert (breaker.open, reached) == (True, False)
    assert refusal.value.retry_after == 1.0
    assert refusal.value.detail == "The database is not answering."


async def test_the_metrics_tell(breaker: Breaker, dependency: Dependency) -> None:
    """They say that the dependency is away for as long as the breaker is open."""
    told = [counted("facegraph_dependency_up", dependency="database")]
    dependency.fails_with = [Gone()]
    await fail(breaker, Gone())
    await opened(breaker)
    told.append(counted("facegraph_dependency_up", dependency="database"))
    dependency.fails_with = []
    await closed(breaker)
    told.append(counted("facegraph_dependency_up", dependency="database"))

    assert told == [1, 0, 1]


async def test_silence(breaker: Breaker, dependency: Dependency) -> None:
    """One that answers neither calls nor the question is away, without any error."""
    dependency.silent = True
    await opened(breaker)

    assert breaker.open


async def test_a_slow_answer_is_no_absence(breaker: Breaker, dependency: Dependency) -> None:
    """Where the question is answered, a call may take as long as it takes."""
    slow = asyncio.create_task(hang(breaker))
    await dependency.questions.get()
    await asyncio.sleep(0)
    under_way = not slow.done()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)

    assert (under_way, breaker.open) == (True, False)


async def test_a_slow_call_is_watched_on(breaker: Breaker, dependency: Dependency) -> None:
    """One that was there a moment ago may go away while the same call is under way."""
    slow = asyncio.create_task(opened(breaker))
    await dependency.questions.get()
    dependency.silent = True
    await slow

    assert breaker.open


async def test_impatient_callers_open_nothing(breaker: Breaker, dependency: Dependency) -> None:
    """A caller whose own deadline is short hears of the deadline, and the next one is let in."""
    for _ in range(10):
        with pytest.raises(DeadlineExceeded):
            await hang(breaker, 0.001)
    await dependency.questions.get()
    await closed(breaker)

    assert not breaker.open


async def test_impatient_callers_notice_silence(breaker: Breaker, dependency: Dependency) -> None:
    """Though each leaves at once, together they have waited long enough for it to be asked."""
    dependency.silent = True
    async with asyncio.timeout(5):
        while not breaker.open:
            with pytest.raises((DeadlineExceeded, Unavailable)):
                await hang(breaker, 0.001)

    assert dependency.questions.qsize() > 0


@pytest.mark.parametrize(
    "error",
    [NotFound("x"), NoFace("x"), Overloaded("x"), AttemptsExceeded("x"), Unavailable("x")],
    ids=lambda error: type(error).__name__,
)
async def test_errors_of_the_domain_are_no_signs(
    breaker: Breaker, dependency: Dependency, error: FacegraphError
) -> None:
    """What a dependency says of a request says nothing against the dependency."""
    await fail(breaker, error)
    await asyncio.sleep(0)

    assert (breaker.open, dependency.questions.qsize()) == (False, 0)


async def test_refusals_are_no_answers(breaker: Breaker, dependency: Dependency) -> None:
    """Where everybody is refused and nobody answered, the dependency is asked."""
    dependency.silent = True
    under_way = asyncio.create_task(opened(breaker))
    await fail(breaker, Overloaded("x"))
    await under_way

    assert breaker.open


@pytest.mark.parametrize(
    ("answers", "away"),
    [
        ([Gone(), NotFound("x")], False),
        ([ConnectionResetError(), Gone()], True),
        ([Unavailable("its own database is down")], False),
        ([ValueError("a bug")], False),
    ],
    ids=["gone once", "gone twice", "a refusal", "a bug"],
)
async def test_what_counts_as_an_answer(
    breaker: Breaker,
    dependency: Dependency,
    lines: list[EventDict],
    answers: list[Exception],
    away: bool,
) -> None:
    """A replica may die of one question, and whatever is no sign was said by somebody."""
    questions = len(answers)
    dependency.fails_with = answers
    await fail(breaker, Gone())
    for _ in range(questions):
        await dependency.questions.get()
    await asyncio.sleep(0)

    assert (breaker.open, len(lines)) == (away, int(away))


async def test_what_is_answered_meanwhile_is_there(
    breaker: Breaker, dependency: Dependency
) -> None:
    """Where only the question fails, say for want of new connections, calls go on."""
    dependency.silent = True
    under_way = asyncio.create_task(hang(breaker))
    await dependency.questions.get()
    async with breaker.call(5):
        pass
    await dependency.questions.get()
    is_open = breaker.open
    with pytest.raises(Unavailable):
        await under_way

    assert (is_open, breaker.open) == (False, True)


async def test_an_answer_that_ray_wraps_is_one(dependency: Dependency) -> None:
    """A refusal may come as a sign and a refusal in one: somebody has said it."""
    breaker = Breaker("matcher", dependency.answer, (Gone,))
    dependency.fails_with = [type("Wrapped", (Overloaded, Gone), {})("x")]
    await fail(breaker, Gone())
    await dependency.questions.get()
    await asyncio.sleep(0)
    breaker.close()

    assert not breaker.open


async def test_who_was_broken_off_is_told_why(breaker: Breaker, dependency: Dependency) -> None:
    """Also one who takes so long to let go that the dependency is back by then."""

    async def lingering() -> None:
        async with breaker.call(5):
            try:
                await asyncio.Future()
            finally:
                dependency.silent = False
                await asyncio.shield(asyncio.create_task(closed(breaker)))

    dependency.silent = True
    with pytest.raises(Unavailable):
        await lingering()


async def test_it_closes_by_itself(
    breaker: Breaker, dependency: Dependency, lines: list[EventDict]
) -> None:
    """It goes on asking while it is open, tells both turns once, and then all is as before."""
    dependency.fails_with = [Gone()]
    await fail(breaker, Gone())
    for _ in range(10):
        await dependency.questions.get()
    dependency.fails_with = []
    await closed(breaker)

    assert [(line["event"], line["dependency"]) for line in lines] == [
        ("dependency away", "database"),
        ("dependency back", "database"),
    ]


async def test_the_question_is_nobodys(breaker: Breaker, dependency: Dependency) -> None:
    """It is not asked in the context of the request that gave the reason, nor ends with it."""
    REQUEST.set("that of a caller")
    slow = asyncio.create_task(hang(breaker))
    await dependency.questions.get()
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)

    assert dependency.request is None


async def test_other_timeouts_are_not_the_calls(breaker: Breaker) -> None:
    """What runs into a timeout of its own before the deadline says so itself."""
    await fail(breaker, TimeoutError())
