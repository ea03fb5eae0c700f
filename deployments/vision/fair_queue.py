"""A queue that several share: whoever asks for little is not behind whoever asks for much.

Start-time fair queuing (Goyal, Vin and Cheng, 1996): each flow has a clock that a turn moves on by
one over its weight, and the flow whose clock is behind goes first. A flow that was away joins where
the others are by now, so nobody saves turns up.
"""

import heapq
from collections.abc import Hashable, Iterator
from itertools import count
from typing import Generic, TypeVar

Item = TypeVar("Item", bound=Hashable)


class FairQueue(Generic[Item]):
    """Items by the turn that is theirs; within one flow the oldest first. Any item may leave."""

    def __init__(self) -> None:
        self._turns: list[tuple[float, int, Item]] = []
        # In the order of arrival; what left is skipped when its turn comes.
        self._waiting: dict[Item, None] = {}
        self._clocks: dict[Hashable, float] = {}
        self._now = 0.0
        self._arrivals = count()

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._waiting)

    def push(self, item: Item, flow: Hashable, weight: float) -> None:
        """Let an item wait; two of a flow of twice the weight go for one of another."""
        turn = max(self._now, self._clocks.get(flow, 0.0))
        self._clocks[flow] = turn + 1 / weight
        self._waiting[item] = None
        heapq.heappush(self._turns, (turn, next(self._arrivals), item))

    def pop(self) -> Item:
        """Take the item whose turn it is; raises IndexError where none waits."""
        while True:
            turn, _, item = heapq.heappop(self._turns)
            if item in self._waiting:
                break
        self._now = turn
        self.discard(item)
        return item

    def discard(self, item: Item) -> None:
        """Let an item leave; one that is not there is none the less gone."""
        self._waiting.pop(item, None)
        if not self._waiting:
            self._turns.clear()
            self._clocks.clear()
            self._now = 0.0
        elif len(self._clocks) > 2 * len(self._turns):
            self._clocks = {flow: at for flow, at in self._clocks.items() if at > self._now}
