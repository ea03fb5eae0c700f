"""The batcher whatever happens: arrivals, departures, deadlines and failures drawn by hypothesis.

The worker thread is real. In the first property each run is held until a step lets it end, so it is
known whom a run had seen when somebody left; in the second nothing is held and everybody races.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from deployments.errors import DeadlineExceeded, UndecodableImage
from deployments.vision.batching import Served
from tests.unit.vision.gated import AMPLE, Answer, Gated, Numbers, batcher_of, doubled

BREAKING: Final = 10_000
BUDGETS: Final = {"ample": AMPLE, "brief": 0.001, "none": 0.0}
LATE: Final = (DeadlineExceeded, "The deadline passed before an answer was ready.")


class Wish(NamedTuple):
    """What an item does to its run, and how long its caller can wait."""

    fate: Literal["fine", "faulty", "breaking"]
    patience: Literal["ample", "brief", "none"]


class Departure(NamedTuple):
    """One of those who still wait, counted round, gives up."""

    who: int


Step = list[Wish] | Departure | Literal["let go"]

fates = st.sampled_from(["fine", "fine", "faulty", "breaking"])
wishes = st.builds(Wish, fates, st.sampled_from(["ample", "ample", "ample", "brief", "none"]))
departures = st.builds(Departure, st.integers(0, 20))
arrivals = st.lists(wishes, min_size=1, max_size=6)
steps = st.lists(st.one_of(arrivals, departures, st.just("let go")), max_size=20)
racers = st.lists(st.tuples(fates, st.integers(0, 3), st.booleans()), max_size=40)
sizes, waits = st.integers(1, 8), st.sampled_from([0.0, 0.001])


def judged(items: Sequence[int]) -> list[int | Exception]:
    """Double the numbers, of which a negative is an error; a breaking one takes the run with it."""
    if breaking := [item for item in items if item >= BREAKING]:
        raise ValueError(breaking[0])
    return doubled(items)


def numbered(number: int, fate: str) -> int:
    """Return the item of that number and fate."""
    return {"fine": number, "faulty": -number, "breaking": number + BREAKING}[fate]


def owed(item: int) -> object:
    """Return what an item's caller gets who waits long enough."""
    if item >= BREAKING:
        return ValueError, str(item)
    return (UndecodableImage, str(item)) if item < 0 else item * 2


def told(outcome: object) -> object:
    """Return a result, or the type of an error and what it says."""
    if isinstance(outcome, BaseException):
        return type(outcome), str(outcome)
    assert isinstance(outcome, Served)
    return outcome.result


def first_seen(batches: list[list[int]]) -> list[int]:
    """Return each item once, in the order runs saw them; after a broken run they see it again."""
    return list(dict.fromkeys(item for batch in batches for item in batch))


@dataclass
class Scene:
    """A batcher whose runs are held, everybody who came, and what each is owed."""

    batcher: Numbers
    run: Gated
    answers: dict[int, Answer] = field(default_factory=dict)
    owed: dict[int, object] = field(default_factory=dict)
    unseen: set[int] = field(default_factory=set)
    ended: int = 0

    async def take(self, step: Step) -> None:
        """Take a step, and note who is gone whom no run had seen.

        Only while a run is held: else the worker may be about to begin one with who has just gone.
        """
        if isinstance(step, Departure):
            await self.depart(step)
        elif step == "let go":
            await self.let_go()
        else:
            await self.arrive(step)
        if self.held():
            gone = {item for item, answer in self.answers.items() if answer.done()}
            self.unseen |= gone.difference(first_seen(self.run.batches))

    async def arrive(self, wishes: list[Wish]) -> None:
        """Let callers come at once, and see those go who cannot wait."""
        hurried = []
        for number, (fate, patience) in enumerate(wishes, len(self.answers) + 1):
            item = numbered(number, fate)
            answer = asyncio.create_task(self.batcher.submit(item, BUDGETS[patience]))
            self.answers[item], self.owed[item] = answer, owed(item)
            if patience != "ample":
                self.owed[item] = LATE
                hurried.append(answer)
            if patience == "none":
                self.unseen.add(item)
        await self.settled()
        if hurried:
            await asyncio.wait(hurried)

    async def depart(self, departure: Departure) -> None:
        """Cancel one of those who wait, if anybody does, and see them gone."""
        waiting = [item for item, answer in self.answers.items() if not answer.done()]
        if waiting:
            item = waiting[departure.who % len(waiting)]
            self.answers[item].cancel()
            self.owed[item] = asyncio.CancelledError, ""
            await asyncio.wait([self.answers[item]])

    async def let_go(self) -> None:
        """End the run that is held, if there is one."""
        if self.held():
            self.ended += 1
            self.run.let_go(1)
            await self.settled()

    def held(self) -> bool:
        """Tell whether a run has begun and waits to be let go."""
        return len(self.run.batches) > self.ended

    async def settled(self) -> None:
        """Let the loop turn until a run is held or nobody waits."""
        await asyncio.sleep(0)
        async with asyncio.timeout(AMPLE):
            while not (self.held() or all(answer.done() for answer in self.answers.values())):
                await asyncio.wait(self.answers.values(), timeout=0)


@given(steps, sizes, waits)
async def test_whatever_happens_each_gets_their_own(
    steps: list[Step], max_batch_size: int, max_wait_seconds: float
) -> None:
    """Own result or own error, counted once; oldest first; who is gone or late is never run."""
    run = Gated(judged)
    counted: list[int] = []
    async with batcher_of(
        run, counted.append, max_batch_size=max_batch_size, max_wait_seconds=max_wait_seconds
    ) as batcher:
        scene = Scene(batcher, run)
        for step in steps:
            await scene.take(step)
        run.let_go()
        received = await asyncio.gather(*scene.answers.values(), return_exceptions=True)

    assert dict(zip(scene.answers, map(told, received), strict=True)) == scene.owed
    assert all(1 <= len(batch) <= max_batch_size for batch in run.batches)
    seen = first_seen(run.batches)
    assert sum(counted) == len(seen)
    assert seen == [item for item in scene.answers if item in seen]
    assert scene.unseen.isdisjoint(seen)


@given(racers, sizes, waits)
async def test_racing_callers_get_their_own(
    racers: list[tuple[str, int, bool]], max_batch_size: int, max_wait_seconds: float
) -> None:
    """With nothing held back, answers are never swapped, lost or counted twice; order is kept."""
    run = Gated(judged)
    run.let_go()
    came: list[int] = []
    counted: list[int] = []

    async def race(item: int, turns: int, *, stays: bool) -> object:
        for _ in range(turns):
            await asyncio.sleep(0)
        came.append(item)
        answer = asyncio.create_task(batcher.submit(item, AMPLE))
        if not stays:
            await asyncio.wait([answer], timeout=0)
            answer.cancel()
        (received,) = await asyncio.gather(answer, return_exceptions=True)
        return told(received)

    async with batcher_of(
        run, counted.append, max_batch_size=max_batch_size, max_wait_seconds=max_wait_seconds
    ) as batcher:
        items = [numbered(number, fate) for number, (fate, _, _) in enumerate(racers, 1)]
        received = await asyncio.gather(
            *(
                race(item, turns, stays=stays)
                for item, (_, turns, stays) in zip(items, racers, strict=True)
            )
        )

    for item, (_, _, stays), got in zip(items, racers, received, strict=True):
        assert got == owed(item) or (not stays and got == (asyncio.CancelledError, ""))
    seen = first_seen(run.batches)
    assert seen == [item for item in came if item in seen]
    assert all(1 <= len(batch) <= max_batch_size for batch in run.batches)
    assert sum(counted) == len(first_seen(run.batches))
