"""A queue that several share: whoever asks for little is not behind whoever asks for much.

The classes of priority take turns by weight, each with a clock that a turn moves on by one over its
weight: the one that is behind goes first, and one that was away joins where the other is by now, so
that it saves no turns up (start-time fair queuing: Goyal, Vin and Cheng, 1996). Within a class
callers go round.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

from deployments.messages.sharing import Flow, Priority

Item = TypeVar("Item", bound=Hashable)


class _Class(Generic[Item]):
    """The items of one class: callers in the order of their turns, each with the oldest first."""

    def __init__(self) -> None:
        self.clock = 0.0
        self._callers: OrderedDict[str, dict[Item, None]] = OrderedDict()

    def __bool__(self) -> bool:
        return bool(self._callers)

    def push(self, item: Item, caller: str) -> None:
        self._callers.setdefault(caller, {})[item] = None

    def pop(self) -> Item:
        caller, items = self._callers.popitem(last=False)
        item = next(iter(items))
        del items[item]
        if items:
            self._callers[caller] = items
        return item

    def discard(self, item: Item, caller: str) -> None:
        items = self._callers[caller]
        del items[item]
        if not items:
            del self._callers[caller]


class FairQueue(Generic[Item]):
    """Items by the turn that is theirs; any may leave before."""

    def __init__(self) -> None:
        self._classes: dict[Priority, _Class[Item]] = {"interactive": _Class(), "bulk": _Class()}
        self._flows: dict[Item, Flow] = {}
        self._now = 0.0

    def __len__(self) -> int:
        return len(self._flows)

    def __iter__(self) -> Iterator[Item]:
        """Go through all that wait, in the order in which they came."""
        return iter(self._flows)

    def push(self, item: Item, flow: Flow) -> None:
        """Let an item wait."""
        mine = self._classes[flow.priority]
        if not mine:
            mine.clock = max(mine.clock, self._now)
        mine.push(item, flow.caller)
        self._flows[item] = flow

    def pop(self) -> Item:
        """Take the item whose turn it is; raises ValueError where none waits."""
        whose = min(filter(None, self._classes.values()), key=lambda each: each.clock)
        item = whose.pop()
        self._now = whose.clock
        whose.clock += 1 / self._flows.pop(item).weight
        return item

    def discard(self, item: Item) -> None:
        """Let an item leave; one that is not there is none the less gone."""
        flow = self._flows.pop(item, None)
        if flow:
            self._classes[flow.priority].discard(item, flow.caller)
