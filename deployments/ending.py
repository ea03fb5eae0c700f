"""The end of a replica: what it has counted and traced leaves before its process does."""

from collections.abc import Coroutine

from deployments import reporting, tracing


def last_words() -> Coroutine[None, None, None] | None:
    """Return what sends them; None where nothing is left to say, as when Python asks again."""
    begun = reporting.Reporting.current or tracing.Tracing.spans
    return _say() if begun else None


async def _say() -> None:
    await reporting.stop()
    tracing.stop()
