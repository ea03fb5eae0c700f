"""Looks again and again, and makes a picture of what lies between; goes on when there is nothing.

Replicas tell what they counted every two seconds while the page is read as often, and else every
ten, so that what happened between two looks may be told in a later one. So figures are those of
some ten seconds, the first of them after replicas have begun to tell more often; and cores, which
are measured every ten seconds, those of a minute.
"""

from collections import deque
from collections.abc import Callable, Sequence

from rich.console import RenderableType

from cli.top.figures import Figures, figures
from cli.top.scrape import NoPage, Page
from cli.top.view import trouble, view

LOOK_SECONDS = 2.0
SETTLING_SECONDS = 10.0  # Who has just told tells again after as long, and then more often.
LEAST_SECONDS = 4.0
SPAN_SECONDS = 10.0
LONG_SPAN_SECONDS = 60.0


class Watch:
    """Remembers the pages of the last minute; lives as long as the screen."""

    def __init__(self, look: Callable[[], Page], url: str) -> None:
        self._look = look
        self._url = url
        self._began: float | None = None
        self._pages: deque[Page] = deque()

    def look(self) -> None:
        """Look once more; raises NoPage, and then begins anew.

        What comes back may be another service, or have been away for hours.
        """
        try:
            page = self._look()
            if self._began is None:
                self._began = page.at
                self._look()  # The second of two is what replicas tell more often for.
        except NoPage:
            self._began = None
            self._pages.clear()
            raise
        if page.at - self._began >= SETTLING_SECONDS:
            self._pages = _recent([*self._pages, page])

    def figures(self, least: float = LEAST_SECONDS) -> Figures | None:
        """Return what happened in the last ten seconds, None before there are `least`."""
        if not self._pages or self._pages[-1].at - self._pages[0].at < least:
            return None
        *before, now = self._pages
        span = SPAN_SECONDS + LOOK_SECONDS / 2  # No look is made to the moment.
        return figures(earliest(before, now, span), now, earliest(before, now, LONG_SPAN_SECONDS))

    def frame(self, width: int, height: int) -> RenderableType:
        """Look, and return the screen; where there is no page it says why."""
        try:
            self.look()
        except NoPage as error:
            return trouble(f"{error} Trying again.", self._url)
        seen = self.figures()
        if seen is None:
            return trouble("Counting for fifteen seconds …", self._url)
        return view(seen, self._url, width, height)


def earliest(before: Sequence[Page], now: Page, seconds: float) -> Page:
    """Return the earliest page that is at most so old, or the last one where all are older."""
    return next((page for page in before if now.at - page.at <= seconds), before[-1])


def _recent(pages: Sequence[Page]) -> deque[Page]:
    return deque(page for page in pages if pages[-1].at - page.at <= LONG_SPAN_SECONDS)
