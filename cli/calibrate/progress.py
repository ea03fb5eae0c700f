"""How far a run is: bars where somebody looks, and a line of what became of the photos."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars
from rich.text import Text

from evaluation.calibration.acquisition import Progress


class Shown:
    """Draws on standard error, and in a log no bar; lives as long as a run."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[told]}", markup=False),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and leave the bars as they are."""
        self._bars.stop()

    def photos(self, progress: Progress) -> None:
        """Show how many photos are done; the last time also in a line that a log keeps."""
        told = f"{progress.known} from the cache, {progress.failed} not acquired"
        self._draw("photos", progress.done, progress.total, told)
        if progress.done == progress.total:
            self.line(f"{progress.total} photos: {told}")

    def line(self, told: str) -> None:
        """Show a line that stays."""
        self._console.print(told, highlight=False, markup=False, emoji=False)

    def stage(self, name: str, share: float) -> None:
        """Show how far a stage of the statistics is, 0 to 1."""
        self._draw(name, round(100 * share), 100)

    def _draw(self, name: str, done: int, total: int, told: str = "") -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, told=told)
        self._bars.update(self._tasks[name], completed=done, total=total, told=told)


class _Rate(ProgressColumn):
    """How much of it is done a second."""

    def render(self, task: Task) -> Text:
        """Return the rate, once there is one."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "")
