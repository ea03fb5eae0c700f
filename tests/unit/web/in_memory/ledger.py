"""What changed of who may come in, in memory."""

from deployments.messages.accounts import AccessChanges, ServiceKey


class Ledger:
    """What was revoked, and the keys of machines."""

    def __init__(self) -> None:
        self.generations: dict[str, int] = {}
        self.keys: dict[str, ServiceKey] = {}
        self.asked: list[int] = []
        self.error: Exception | None = None

    async def changes(self, since: int) -> AccessChanges:
        """Return everything, however old."""
        self.asked.append(since)
        if self.error is not None:
            raise self.error
        return AccessChanges(len(self.asked), dict(self.generations), tuple(self.keys.values()))
