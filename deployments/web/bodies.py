"""Bodies as they arrive: counted, timed, and never more in memory than there is room for."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import Receive

from deployments.errors import BodyTooLarge, Overloaded, RequestTooSlow

Take = Callable[[int], None]


class ClientLeft(Exception):
    """The body will never be complete, and nobody waits for an answer."""


class Bodies:
    """The bodies of all requests in one process, together at most `most_bytes` long."""

    def __init__(self, most_bytes: int, timeout_seconds: float) -> None:
        self._most_bytes = most_bytes
        self._timeout = timeout_seconds
        self._held = 0

    @contextmanager
    def share(self) -> Iterator[Take]:
        """Give one request its share: what it takes is given back when it is through."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self._held + size > self._most_bytes:
                raise Overloaded("The service holds as many bodies as it can.")
            self._held += size
            taken += size

        try:
            yield take
        finally:
            self._held -= taken

    async def read(self, receive: Receive, most_bytes: int, take: Take) -> bytes:
        """Return a whole body; BodyTooLarge, RequestTooSlow, Overloaded and ClientLeft."""
        try:
            async with asyncio.timeout(self._timeout):
                return await _read(receive, most_bytes, take)
        except TimeoutError as error:
            detail = f"The body has to arrive within {self._timeout:g} seconds."
            raise RequestTooSlow(detail) from error


def check_size(size: int, most_bytes: int) -> None:
    """Raise BodyTooLarge for a body longer than that."""
    if size > most_bytes:
        raise BodyTooLarge(f"This route takes at most {most_bytes} bytes.")


async def _read(receive: Receive, most_bytes: int, take: Take) -> bytes:
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
        take(len(chunks[-1]))
        more = message.get("more_body", False)
    # A single chunk is joined without a copy, unless an empty one is with it.
    return b"".join(filter(None, chunks))
