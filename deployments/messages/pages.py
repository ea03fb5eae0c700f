"""Lists, a page at a time."""

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; `after` is the key to continue from, None on the last page."""

    items: tuple[Item, ...]
    after: str | None
