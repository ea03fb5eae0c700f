"""Looks again and again, and makes a picture of what lies between; goes on when there is nothing.

Replicas that are watched tell every two seconds what they counted, and every ten what they took of
the machine. What happens between two looks may so be told in the next: figures are those of some
ten seconds, and cores those of a minute.
"""

from collections import deque
from collections.abc import Callable, Sequence

from rich.console import RenderableType

from cli.top.figures import figures
from cli.top.scrape import NoPage, Page
from cli.top.view import trouble, view

SPAN_SECONDS = 10.0
LONG_SPAN_SECONDS = 60.0


class Watch:
    """Remembers the pages of the last minute; lives as long as the screen."""

    def __init__(self, look: Callable[[], Page], url: str) -> None:
        self._look = look
        self._url = url
        self._pages: deque[Page] = deque()

    def frame(self, width: int) -> RenderableType:
        """Look, and return the screen; where there is no page it says why."""
        try:
            now = self._look()
        except NoPage as error:
            # What comes back may be another service, or have been away for hours.
            self._pages.clear()
            return trouble(f"{error} Trying again.", self._url)
        before, self._pages = list(self._pages), _recent([*self._pages, now])
        if not before:
            return trouble("Counting …", self._url)
        seen = figures(
            earliest(before, now, SPAN_SECONDS), now, earliest(before, now, LONG_SPAN_SECONDS)
        )
        return view(seen, self._url, width)


def earliest(before: Sequence[Page], now: Page, seconds: float) -> Page:
    """Return the earliest page that is at most so old, or the last one where all are older."""
    return next((page for page in before if now.at - page.at <= seconds), before[-1])


def _recent(pages: Sequence[Page]) -> deque[Page]:
    return deque(page for page in pages if pages[-1].at - page.at <= LONG_SPAN_SECONDS)
