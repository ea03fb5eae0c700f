"""What is needed next is made while the last is used, and no more than there is room for."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
Result = TypeVar("Result")


class Ahead(Generic[Made]):
    """Has what comes next made by a thread, up to `at_once` together; lives as long as its user.

    What is made weighs something, and while all that is held weighs `room` or more nothing is made.
    So two lots are held at most, and they weigh less than `room` and the heaviest one together.
    """

    def __init__(
        self, thread: Executor, weigh: Callable[[Made], int], *, at_once: int, room: int
    ) -> None:
        self.at_once = at_once
        self._thread = thread
        self._weigh = weigh
        self._room = room

    def use(
        self,
        items: Sequence[Item],
        make: Callable[[Item], Made],
        use: Callable[[Sequence[Made]], Sequence[Result]],
    ) -> list[Result]:
        """Return what `use` gives for what is made of the items, in their order.

        The first are made here, for there is nothing to do meanwhile. `use` keeps no list that it
        is given: they are emptied. Raises what both raise, once nothing is under way any more.
        """
        waiting = deque(items)
        results: list[Result] = []
        while waiting:
            made = self._made(waiting, make, 0)
            while made:
                made = self._use(made, waiting, make, lambda lot: results.extend(use(lot)))
        return results

    def _use(
        self,
        made: list[Made],
        waiting: deque[Item],
        make: Callable[[Item], Made],
        use: Callable[[Sequence[Made]], None],
    ) -> list[Made]:
        """Use what is made, let it go, and return what was made meanwhile."""
        if not waiting:
            use(made)
            return []
        held = sum(map(self._weigh, made))
        coming = self._thread.submit(self._made, waiting, make, held)
        try:
            use(made)
        except BaseException:
            coming.result().clear()
            raise
        finally:
            made.clear()
        return coming.result()

    def _made(self, waiting: deque[Item], make: Callable[[Item], Made], held: int) -> list[Made]:
        made: list[Made] = []
        while waiting and len(made) < self.at_once and held < self._room:
            made.append(make(waiting.popleft()))
            held += self._weigh(made[-1])
        return made
