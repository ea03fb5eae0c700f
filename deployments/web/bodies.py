"""Bodies as they arrive: counted, timed, and never more in memory than there is room for."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.types import Receive

from deployments.errors import BodyTooLarge, Overloaded, RequestTooSlow

# No caller holds all the room there is: this share of it is the most of one.
SHARE = 0.5


class ClientLeft(Exception):
    """The body will never be complete, and nobody waits for an answer."""


@dataclass(slots=True)
class _Held:
    """What one process holds of all bodies, and of those of each caller."""

    most_bytes: int
    total: int = 0
    callers: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Room:
    """The room of one request; `caller` is whose it is, once that is known."""

    _held: _Held
    caller: str = ""
    _taken: int = 0

    def take(self, size: int) -> None:
        """Take some of it for good; Overloaded where there is none left."""
        held = self._held
        own = held.callers[self.caller] + size
        too_much = self.caller and own > held.most_bytes * SHARE
        if too_much or held.total + size > held.most_bytes:
            raise Overloaded("The service holds as many bodies as it can.")
        held.total += size
        held.callers[self.caller] = own
        self._taken += size

    def give_back(self) -> None:
        """Leave all of it to others."""
        held = self._held
        held.total -= self._taken
        held.callers[self.caller] -= self._taken
        if not held.callers[self.caller]:
            del held.callers[self.caller]


class Bodies:
    """The bodies of all requests in one process, together at most `most_bytes` long."""

    def __init__(self, most_bytes: int, timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self._held = _Held(most_bytes)

    @contextmanager
    def room(self) -> Iterator[Room]:
        """Give one request room: what it takes is given back when it is through."""
        room = Room(self._held)
        try:
            yield room
        finally:
            room.give_back()

    async def read(self, receive: Receive, most_bytes: int, room: Room) -> bytes:
        """Return a whole body; BodyTooLarge, RequestTooSlow, Overloaded and ClientLeft."""
        try:
            async with asyncio.timeout(self._timeout):
                return await _read(receive, most_bytes, room)
        except TimeoutError as error:
            detail = f"The body has to arrive within {self._timeout:g} seconds."
            raise RequestTooSlow(detail) from error


def check_size(size: int, most_bytes: int) -> None:
    """Raise BodyTooLarge for a body longer than that."""
    if size > most_bytes:
        raise BodyTooLarge(f"This route takes at most {most_bytes} bytes.")


async def _read(receive: Receive, most_bytes: int, room: Room) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        check_size(size, most_bytes)
        room.take(len(chunks[-1]))
        more = message.get("more_body", False)
    # A single chunk is joined without a copy, unless an empty one is with it.
    return b"".join(filter(None, chunks))
