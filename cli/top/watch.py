"""Looks again and again, and makes a picture of each two looks; goes on when there is nothing."""

from collections.abc import Callable

from rich.console import RenderableType

from cli.top.figures import figures
from cli.top.scrape import NoPage, Page
from cli.top.view import trouble, view


class Watch:
    """Remembers the page before; lives as long as the screen."""

    def __init__(self, look: Callable[[], Page], url: str) -> None:
        self._look = look
        self._url = url
        self._before: Page | None = None

    def frame(self, width: int) -> RenderableType:
        """Look, and return the screen; where there is no page it says why."""
        try:
            page = self._look()
        except NoPage as error:
            # What comes back may be another service, or have been away for hours.
            self._before = None
            return trouble(f"{error} Trying again.", self._url)
        before, self._before = self._before, page
        if before is None:
            return trouble("Counting …", self._url)
        return view(figures(before, page), self._url, width)
