"""A photo nobody waits for any more goes no further: not to the decoder, and to neither network."""

from collections.abc import Callable
from typing import Any

import pytest

from deployments.errors import DeadlineExceeded
from deployments.messages.embedder import Analysis, Photo
from deployments.vision.pipeline import Pipeline
from tests.unit.vision.photographs import jpeg, photo_of, portrait

LATE, IN_TIME = photo_of(portrait()), Photo(jpeg(portrait()), embed="largest")
STEPS = {
    "decode": ("_decoder", "decode"),
    "detect": ("_finder", "find"),
    "embed": ("_recogniser", "embed"),
}


class Watched:
    """The steps of a pipeline, counted, and a caller who leaves once one of them has begun."""

    def __init__(self, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun: list[str] = []
        self.work: dict[str, int] = dict.fromkeys(STEPS, 0)
        for step, (part, method) in STEPS.items():
            inner = getattr(getattr(pipeline, part), method)
            monkeypatch.setattr(getattr(pipeline, part), method, self._watching(step, inner))

    def _watching(self, step: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        def watching(first: Any, *others: Any, **named: Any) -> Any:
            self.begun.append(step)
            self.work[step] += 1 if step == "decode" else len(first)
            return inner(first, *others, **named)

        return watching

    def leaving(self, after: str | None) -> Callable[[int], bool]:
        """Return what tells that the caller of the first photo has left, after that step or now."""
        return lambda at: at > 0 or (after is not None and after not in self.begun)


@pytest.fixture
def watched(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Watch the shared pipeline."""
    return Watched(pipeline, monkeypatch)


@pytest.mark.parametrize(
    ("after", "decoded", "detected", "embedded"),
    [(None, 0, 0, 0), ("decode", 1, 0, 0), ("detect", 1, 1, 0)],
)
def test_late_work_is_dropped(
    pipeline: Pipeline,
    watched: Watched,
    after: str | None,
    decoded: int,
    detected: int,
    embedded: int,
) -> None:
    """Before the next step it is looked whether the caller still waits."""
    (result,) = pipeline.analyse([LATE], watched.leaving(after))

    assert isinstance(result, DeadlineExceeded)
    assert watched.work["decode"] >= decoded
    assert bool(watched.work["decode"]) == bool(decoded)
    assert (watched.work["detect"], watched.work["embed"]) == (detected, embedded)


@pytest.mark.parametrize("after", [None, "decode", "detect"])
def test_neighbours_are_served(pipeline: Pipeline, watched: Watched, after: str | None) -> None:
    """The photo beside it in the batch is analysed as if it were alone."""
    late, in_time = pipeline.analyse([LATE, IN_TIME], watched.leaving(after))

    assert isinstance(late, DeadlineExceeded)
    assert isinstance(in_time, Analysis)
    assert in_time.faces[0].vector is not None
