"""The telemetry in memory."""

from deployments.totals import Totals


class Board:
    """A telemetry in the same process."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.totals = Totals()

    async def page(self, *, budget: float) -> str:
        """Return what is counted."""
        del budget
        if self.error is not None:
            raise self.error
        return self.totals.page()
