"""What is needed next is made while the last is used, and no more than that."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def one_ahead(
    thread: Executor, make: Callable[[Item], Made], items: Sequence[Item]
) -> Iterator[Made]:
    """Yield what is made of each item, in order; raises what `make` raises, in the item's turn.

    The first is made here, for there is nothing to do meanwhile; each other one by the thread,
    while the one before it is used. So whatever is made takes the memory of two at most.
    """
    if not items:
        return
    made = make(items[0])
    for item in items[1:]:
        coming = thread.submit(make, item)
        yield made
        made = coming.result()
    yield made
