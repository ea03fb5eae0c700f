"""Who still has access: one replica's copy of revocations and service keys."""

import time
from collections.abc import Callable

from deployments.copies import STALE_SECONDS, Copy
from deployments.messages.accounts import AccessChanges, ServiceKey
from deployments.web.ports import Access


class Standing:
    """What was revoked is refused here at most `copies.LATE_SECONDS` later, as `Copy` says.

    `clock` is monotonic.
    """

    def __init__(self, access: Access, clock: Callable[[], float] = time.monotonic) -> None:
        self._generations: dict[str, int] = {}
        self._keys: dict[str, ServiceKey] = {}
        self._copy = Copy("access rights", access.changes, self._take, clock)

    def ended(self, subject: str, generation: int) -> bool:
        """Tell whether access of `subject`, given out in `generation`, is over."""
        return generation < self._generations.get(subject, 0)

    def key(self, key_id: str) -> ServiceKey | None:
        """Return a service key, which may be over; None for one that never was."""
        return self._keys.get(key_id)

    async def bring_up_to_date(self, oldest: float = STALE_SECONDS) -> None:
        """Come back when the copy is young enough to be asked; Unavailable where it cannot be.

        `oldest` is the age in seconds at which it is asked no more.
        """
        await self._copy.bring_up_to_date(oldest)

    def close(self) -> None:
        """Give up what is being read."""
        self._copy.close()

    def _take(self, changes: AccessChanges, whole: bool) -> None:
        if whole:
            self._generations, self._keys = {}, {}
        self._generations |= changes.generations
        self._keys |= {key.id: key for key in changes.keys}
