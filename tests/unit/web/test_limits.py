"""What callers may still ask, with a Limiter elsewhere and without."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog

from deployments.errors import DeadlineExceeded, Overloaded, RateLimited, Unavailable
from deployments.messages.limits import CapacityBounds, Entry, Outcome, UnderWay, Window
from deployments.web import limits as limits_module
from deployments.web.limits import Limits
from tests.unit.web.in_memory.tally import Tally

BOUNDS = CapacityBounds(burst=8, queue_seconds=0.25)
WINDOWS = {
    "image": (Window(3, 60),),
    "other": (),
    "hashing": (Window(2, 60),),
}


@pytest.fixture
def tally() -> Tally:
    """Give the one place where all count."""
    return Tally()


@pytest.fixture
def replicas(tally: Tally) -> Iterator[tuple[Limits, Limits]]:
    """Give two replicas that count there."""
    both = Limits(tally, WINDOWS, BOUNDS), Limits(tally, WINDOWS, BOUNDS)
    yield both
    for each in both:
        each.close()


async def let_in(limits: Limits, times: int, who: str = "ada") -> int:
    """Ask that often and return how often it was granted."""
    granted = 0
    for _ in range(times):
        try:
            await limits.take(limits.claim("image", who))
        except RateLimited:
            continue
        granted += 1
    return granted


async def test_replicas_count_as_one(replicas: tuple[Limits, Limits]) -> None:
    """What one replica let in is used up at the other."""
    first, second = replicas

    assert await let_in(first, 2) == 2
    assert await let_in(second, 5) == 1
    assert await let_in(first, 5) == 0


async def test_who_was_refused_is_not_asked_for_again(
    replicas: tuple[Limits, Limits], tally: Tally
) -> None:
    """A flood of refused requests costs the Limiter one question a replica."""
    first, second = replicas
    await let_in(first, 100)
    await let_in(second, 100)

    assert len(tally.asked) == 3 + 1


async def test_refusal_tells_which_limit(replicas: tuple[Limits, Limits]) -> None:
    """A refused caller learns the limit, and how long to wait."""
    await let_in(replicas[0], 3)
    with pytest.raises(RateLimited, match="image of 3 in 60 s") as refused:
        await replicas[0].take(replicas[0].claim("image", "ada"))

    assert refused.value.retry_after == pytest.approx(60, abs=5)
    assert [quota.remaining for quota in refused.value.quotas] == [0]


async def test_limit_of_the_whole_service(replicas: tuple[Limits, Limits]) -> None:
    """What the service as a whole takes no more of is no fault of the caller, and not told."""
    limits = replicas[0]
    quotas = await limits.take(limits.claim("image", "ada"), limits.claim("hashing"))
    await limits.take(limits.claim("hashing"))
    with pytest.raises(Overloaded, match="hashing"):
        await limits.take(limits.claim("hashing"))

    assert [quota.limit for quota in quotas] == ["image"]


async def test_no_limit(replicas: tuple[Limits, Limits], tally: Tally) -> None:
    """Where no limit is set nobody is asked."""
    assert await replicas[0].take(replicas[0].claim("other", "ada")) == ()
    assert tally.asked == []


async def test_changed_limits_hold_at_once(replicas: tuple[Limits, Limits]) -> None:
    """A changed limit holds from the next request, which is the first that it counts."""
    await let_in(replicas[0], 3)
    replicas[0].windows = WINDOWS | {"image": (Window(1, 60),)}

    assert await let_in(replicas[0], 5) == 1


@pytest.mark.parametrize(
    "error", [Unavailable("down"), DeadlineExceeded("late"), RuntimeError("a bug")]
)
async def test_without_limiter(
    replicas: tuple[Limits, Limits], tally: Tally, error: Exception
) -> None:
    """While the Limiter is away each replica goes on, with what it has let in before, and says so.

    The total is at most the limit for each of them.
    """
    first, second = replicas
    assert await let_in(first, 2) == 2
    tally.error = error
    with structlog.testing.capture_logs() as lines:
        assert await let_in(first, 5) == 1
        assert await let_in(second, 5) == 3

    assert [line["event"] for line in lines] == ["limiter away"] * 2
    assert len(tally.asked) == 2 + 2


async def test_burst_is_few_questions(replicas: tuple[Limits, Limits], tally: Tally) -> None:
    """What comes while a question is under way goes together in the next, and each gets its own."""
    granted = await asyncio.gather(*(let_in(replicas[0], 1, who) for who in "aaaaaabbbbbb"))

    assert (sum(granted[:6]), sum(granted[6:])) == (3, 3)
    assert tally.questions == 1


async def test_caller_who_leaves(replicas: tuple[Limits, Limits]) -> None:
    """Who leaves while the question is under way takes nobody's answer along."""
    first, second = (asyncio.create_task(let_in(replicas[0], 1, who)) for who in "ab")
    await asyncio.sleep(0)
    first.cancel()

    assert await second == 1


async def test_limiter_that_hangs(
    replicas: tuple[Limits, Limits], tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a question fails, those who wait for the next go on alone at once, and who left not."""
    begun, fail = asyncio.Event(), asyncio.Event()

    async def hang(entries: object, told: object, *, budget: float) -> None:
        del entries, told, budget
        begun.set()
        await fail.wait()
        raise DeadlineExceeded("late")

    monkeypatch.setattr(tally, "take", hang)
    first = asyncio.create_task(let_in(replicas[0], 1))
    await begun.wait()
    others = [asyncio.create_task(let_in(replicas[0], 1)) for _ in range(4)]
    await asyncio.sleep(0)
    others.pop().cancel()
    monkeypatch.setattr(tally, "take", None)
    fail.set()

    assert await first + sum([await other for other in others]) == 3
    assert await let_in(replicas[0], 1) == 0


async def test_closed_while_it_asks(
    replicas: tuple[Limits, Limits], tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that ends takes back what it is asking."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(entries: object, told: object, *, budget: float) -> None:
        del entries, told, budget
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(tally, "take", hang)
    waiting = asyncio.create_task(let_in(replicas[0], 1))
    await begun.wait()
    replicas[0].close()
    await asyncio.wait_for(ended.wait(), 5)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 5)


class Faltering(Tally):
    """A limiter whose first answer is no answer, in one way or another."""

    def __init__(self, first: BaseException | None) -> None:
        super().__init__()
        self.first = first

    async def take(
        self, entries: tuple[Entry, ...], told: UnderWay, *, budget: float
    ) -> tuple[Outcome, ...]:
        """Raise, or answer nobody, the first time; count from then on."""
        outcomes = await super().take(entries, told, budget=budget)
        if self.questions > 1:
            return outcomes
        if self.first is not None:
            raise self.first
        return ()


@pytest.mark.parametrize("first", [asyncio.CancelledError(), RuntimeError("a bug"), None])
async def test_an_answer_taken_back(
    monkeypatch: pytest.MonkeyPatch, first: BaseException | None
) -> None:
    """A Limiter that cancels, or answers too few, is away: nobody waits for ever, then or later."""
    monkeypatch.setattr(limits_module, "LOOK_AGAIN_SECONDS", 0.001)
    limits = Limits(Faltering(first), WINDOWS, BOUNDS)
    async with asyncio.timeout(5):
        granted = await asyncio.gather(*(let_in(limits, 1) for _ in range(5)))
        assert limits._looking is not None
        await limits._looking
        later = await let_in(limits, 1, "bob")

    assert (sum(granted), later) == (3, 1)


class Recovering(Tally):
    """A limiter that does not answer the first times."""

    async def take(
        self, entries: tuple[Entry, ...], told: UnderWay, *, budget: float
    ) -> tuple[Outcome, ...]:
        """Count some requests, or fail."""
        self.error = Unavailable("down") if self.questions < 6 else None
        return await super().take(entries, told, budget=budget)


async def test_limiter_that_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it answers again it counts, for all replicas together."""
    monkeypatch.setattr(limits_module, "LOOK_AGAIN_SECONDS", 0.001)
    limiter = Recovering()
    first, second = Limits(limiter, WINDOWS, BOUNDS), Limits(limiter, WINDOWS, BOUNDS)
    assert (await let_in(first, 9, "bob"), await let_in(second, 9, "bob")) == (3, 3)
    with structlog.testing.capture_logs() as lines:
        await asyncio.gather(*(each._looking for each in (first, second) if each._looking))

    assert [line["event"] for line in lines] == ["limiter back"] * 2
    assert await let_in(first, 2) == 2
    assert await let_in(second, 5) == 1
