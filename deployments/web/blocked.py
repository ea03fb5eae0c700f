"""The identities that are blocked, as one replica was last told: refused before a photo is read.

A flood of verifications that would be refused costs a look at this, and no query.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from deployments.errors import AttemptsExceeded, FacegraphError

# An administrator may let an identity be tried again, which no replica is told of.
BELIEVED_SECONDS = 2.0
MOST = 10_000

Key = tuple[str, UUID]


@dataclass(slots=True)
class _Block:
    detail: str
    ends_at: float
    ask_at: float


class BlockedIdentities:
    """At most `MOST` identities; of more, those blocked longest ago are asked about again.

    Lives as long as the application, on its event loop.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._blocks: dict[Key, _Block] = {}

    @contextmanager
    def attempt(self, collection: str, identity: UUID) -> Iterator[None]:
        """Refuse with AttemptsExceeded while the identity is blocked; else watch what comes of it.

        Every `BELIEVED_SECONDS` one attempt is let through, to hear whether it is blocked still.
        """
        key = (collection, identity)
        self._refuse(key)
        try:
            yield
        except AttemptsExceeded as error:
            self._remember(key, error)
            raise
        except FacegraphError:
            # Nothing was heard of the block, so the next one is let through to hear. A flood of
            # photos without a face costs what it would cost against anybody.
            if block := self._blocks.get(key):
                block.ask_at = self._clock()
            raise
        self._blocks.pop(key, None)

    def forget(self, collection: str, identity: UUID) -> None:
        """Let the next attempt through."""
        self._blocks.pop((collection, identity), None)

    def _refuse(self, key: Key) -> None:
        now, block = self._clock(), self._blocks.get(key)
        if block is None or block.ends_at <= now:
            self._blocks.pop(key, None)
        elif block.ask_at <= now:
            # The others go on being refused while this one asks.
            block.ask_at = now + BELIEVED_SECONDS
        else:
            raise AttemptsExceeded(block.detail, block.ends_at - now)

    def _remember(self, key: Key, error: AttemptsExceeded) -> None:
        now = self._clock()
        self._blocks.pop(key, None)
        if len(self._blocks) >= MOST:
            del self._blocks[next(iter(self._blocks))]
        ends_at = now + error.retry_after
        self._blocks[key] = _Block(error.detail, ends_at, now + BELIEVED_SECONDS)
