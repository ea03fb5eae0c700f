"""Counting requests against limits, exactly, in one process.

A limit is "at most so many in any window of so many seconds". The time of every request within the
window is kept, so a burst across the edge of a window gains nothing.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from deployments.messages.limits import Charge, Outcome, Quota, Window

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
# Each request of a window is remembered, some 100 bytes of it.
MOST_REQUESTS = 100_000
LONGEST_SECONDS = SECONDS["day"]

_WRITTEN = re.compile(r"([0-9]{1,6})/(?:([0-9]{1,5}) )?(second|minute|hour|day)s?")


def window(written: str) -> Window:
    """Return the window that `300/second` or `5/10 minutes` stands for; raises ValueError."""
    read = _WRITTEN.fullmatch(written)
    amount = int(read[1]) if read else 0
    seconds = int(read[2] or 1) * SECONDS[read[3]] if read else 0
    if not (1 <= amount <= MOST_REQUESTS and 1 <= seconds <= LONGEST_SECONDS):
        most = f"at most {MOST_REQUESTS} in a day or less"
        raise ValueError(f"a limit is written like 300/second or 5/10 minutes, {most}")
    return Window(amount, seconds)


Key = tuple[str, str, Window]
"""A limit, who is counted under it, and one of its windows."""


@dataclass(slots=True)
class _Counter:
    """The requests of one caller in one window, and until when (ms) it was told to be full."""

    key: Key
    policy: str
    bucket: InMemoryBucket
    closed_until: int = 0

    def idle(self, now: int) -> bool:
        """Tell whether forgetting it would change nothing."""
        self.bucket.leak(now)
        return not self.bucket.items and self.closed_until <= now

    def enter(self, now: int, cost: int) -> float | None:
        """Count a request and return None, or the seconds until there is room for it."""
        self.bucket.leak(now)
        item = RateItem(self.policy, now, cost)
        if self.closed_until > now:
            return (self.closed_until - now) / 1000
        if self.bucket.put(item):
            return None
        waiting = self.bucket.waiting(item)
        assert isinstance(waiting, int)  # noqa: S101  only a bucket elsewhere has to be awaited
        return waiting / 1000

    def take_back(self, cost: int) -> None:
        """Forget what was entered last."""
        del self.bucket.items[-cost:]

    def quota(self, now: int, wait: float | None = None) -> Quota:
        """Tell how the window stands, for one who has to wait or need not."""
        limit, _, window = self.key
        items = self.bucket.items
        if wait is not None:
            return Quota(limit, self.policy, window, 0, wait)
        reset = (items[0].timestamp - now + 1) / 1000 + window.seconds
        return Quota(limit, self.policy, window, window.amount - len(items), reset)


class Counters:
    """The counters of one process, each from its first request until its window is empty again.

    There are at most twice as many as hold something, and a request that is refused adds none.
    Nothing in here awaits, so that on one event loop every method is a single step.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counters: OrderedDict[Key, _Counter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counters)

    def take(self, claims: Sequence[Charge]) -> Outcome:
        """Count a request under all claims, or under none where one of them has no room."""
        now = self._now()
        self._forget_idle(now, 2 * sum(len(claim.windows) for claim in claims))
        entered: list[tuple[_Counter, int]] = []
        for counter, cost in self._of(claims):
            wait = counter.enter(now, cost)
            if wait is not None:
                self._take_back(now, entered)
                return Outcome(counter.quota(now, wait), ())
            entered.append((counter, cost))
        return Outcome(None, tuple(counter.quota(now) for counter, _ in entered))

    def refusal(self, claims: Sequence[Charge]) -> Quota | None:
        """Return what would refuse a request, without counting it; None where nothing would."""
        refused = self.take(claims).refused
        if refused is None:
            self.give_back(claims)
        return refused

    def give_back(self, claims: Sequence[Charge]) -> None:
        """Count a request no more that was the last to be taken."""
        self._take_back(self._now(), list(self._of(claims)))

    def close(self, claims: Sequence[Charge], refused: Quota, since: float) -> None:
        """Remember that elsewhere there was no room `since`, a time of the clock, for a while.

        Where more than one was asked for there may be room for less, so that tells nothing.
        """
        for claim in claims:
            for window in claim.windows:
                one = min(claim.cost, window.amount) == 1
                if one and _policy(claim, window) == refused.policy:
                    counter = self._counter(claim, window)
                    counter.closed_until = int((since + refused.reset) * 1000)

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _of(self, claims: Sequence[Charge]) -> Iterator[tuple[_Counter, int]]:
        """Yield the counter of every window, and what is to be counted there.

        Whoever asks for more than a window holds takes all of it, and is not refused for ever.
        """
        for claim in claims:
            for window in claim.windows:
                yield self._counter(claim, window), min(claim.cost, window.amount)

    def _counter(self, claim: Charge, window: Window) -> _Counter:
        key = (claim.limit, claim.who, window)
        if key not in self._counters:
            bucket = InMemoryBucket([Rate(window.amount, window.seconds * 1000)])
            self._counters[key] = _Counter(key, _policy(claim, window), bucket)
        return self._counters[key]

    def _take_back(self, now: int, entered: Sequence[tuple[_Counter, int]]) -> None:
        """Count what was entered last no more, and keep no counter that holds nothing then."""
        for counter, cost in entered:
            counter.take_back(cost)
            if counter.idle(now):
                self._counters.pop(counter.key, None)

    def _forget_idle(self, now: int, looks: int) -> None:
        """Look at those longest unseen, two for each a request may add, however many there are.

        Where as many are looked at as added, those idle by now are found too late: they pile up.
        """
        for _ in range(min(looks, len(self._counters))):
            key, counter = self._counters.popitem(last=False)
            if not counter.idle(now):
                self._counters[key] = counter


def _policy(claim: Charge, window: Window) -> str:
    return claim.limit if len(claim.windows) == 1 else f"{claim.limit}-{window.seconds}s"
