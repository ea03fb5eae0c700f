"""Load on one contender: closed loops, open loops; every answer is held against the right one."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any, Self, TypeAlias

from benchmarks import closed_loop, open_loop
from benchmarks.closed_loop import Answer
from benchmarks.performance.end_to_end import points
from benchmarks.performance.end_to_end.contenders import Contender
from benchmarks.performance.end_to_end.questions import Questions, held_against
from benchmarks.performance.end_to_end.schedule import COMPARED, SHORTER, WARM_UP_CLIENTS

Figures = dict[str, Any]
Asking: TypeAlias = Coroutine[Any, Any, list[Answer]]


@dataclass(frozen=True, slots=True)
class Load:
    """Who is asked what; `seconds` are those of the point at which all are compared.

    `wires` are the questions as bytes to send.
    """

    contender: Contender
    questions: Questions
    wires: Sequence[bytes]
    seconds: float

    @classmethod
    def on(cls, contender: Contender, questions: Questions, seconds: float) -> Self:
        """Prepare the bytes beforehand: nothing of that is to be measured."""
        wires = [
            closed_loop.request(contender.url, contender.token, photo) for photo in questions.photos
        ]
        return cls(contender, questions, wires, seconds)

    def warm_up(self) -> None:
        """Ask for a while before anything counts."""
        asyncio.run(self._loop(WARM_UP_CLIENTS, SHORTER * self.seconds / 2))

    def closed(self, clients: Sequence[int]) -> dict[str, Figures]:
        """Return the figures of closed loops, by the number of clients."""
        return {str(count): self._closed(count) for count in clients}

    def opened(self, shares: Sequence[float], most: float) -> list[Figures]:
        """Return the figures of open loops at shares of `most` answers a second."""
        return [self._opened(share, share * most) for share in shares]

    def _closed(self, clients: int) -> Figures:
        seconds = self.seconds if clients == COMPARED else SHORTER * self.seconds
        before, own, began = self.contender.cpu(), process_time(), perf_counter()
        answers = asyncio.run(self._loop(clients, seconds))
        elapsed, own = perf_counter() - began, process_time() - own
        used = self.contender.cpu_since(before)
        return points.closed(clients, answers, elapsed, used, own) | self._held(answers)

    def _opened(self, share: float, rate: float) -> Figures:
        due = open_loop.arrivals(rate, self.seconds)
        began = perf_counter()
        answers = asyncio.run(open_loop.answers(self.contender.url, self.wires, due))
        elapsed = perf_counter() - began
        return points.opened(share, rate, answers, elapsed) | self._held(answers)

    def _loop(self, clients: int, seconds: float) -> Asking:
        return closed_loop.answers(self.contender.url, self.wires, clients=clients, seconds=seconds)

    def _held(self, answers: Sequence[Answer]) -> dict[str, int]:
        return held_against(answers, self.questions, self.contender.told)
