"""The photos that are measured on are what the report says they are."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from benchmarks import embedder, models
from benchmarks.measures.detector_sizes import in_crowd
from benchmarks.subjects import photographs
from benchmarks.subjects.photographs import (
    CROWD,
    PhotosMissing,
    as_phone,
    as_thumbnail,
    crowd,
    london,
)
from tests.unit.vision.photographs import jpeg


@pytest.fixture
def portraits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return two made-up portraits of each of ninety people, where London's are looked for."""
    shade = np.zeros((40, 40, 3), np.uint8)
    for person in range(90):
        for mood in ("neutral", "smiling"):
            (tmp_path / f"{person:03}_{mood}.jpg").write_bytes(jpeg(shade + np.uint8(2 * person)))
    monkeypatch.setattr(photographs, "LONDON", tmp_path)
    return sorted(tmp_path.iterdir())


def test_all_portraits_or_those_of_so_many_people(portraits: list[Path]) -> None:
    """In pairs of one person, so that every second one is somebody's second."""
    assert london() == portraits
    assert london(3) == portraits[:6]


def test_a_phone_sends_3000_px_and_a_thumbnail_has_64() -> None:
    """The longer side, with the shape kept."""
    data = jpeg(np.full((200, 100, 3), 90, np.uint8))
    sizes = [photographs.pixels(make(data)).shape[:2] for make in (as_phone, as_thumbnail)]
    assert sizes == [(3000, 1500), (64, 32)]


def test_a_crowd_is_one_picture_of_all(portraits: list[Path]) -> None:
    """Ten rows of sixteen people, in the order of their portraits."""
    picture = photographs.pixels(crowd(portraits))
    assert picture.shape == (800, 1280, 3)
    small = cv2.resize(picture, CROWD[::-1], interpolation=cv2.INTER_AREA)[..., 0].ravel()
    assert np.abs(small.astype(int) - [2 * (at // 2) for at in range(160)]).max() <= 2


def test_people_of_a_crowd_are_counted_once() -> None:
    """Two boxes in one portrait are one person; the next portrait begins at 80 px."""
    boxes = [(10.0, 10.0, 60.0, 60.0), (20.0, 20.0, 60.0, 60.0), (70.0, 10.0, 100.0, 60.0)]
    assert in_crowd(boxes) == 2


@pytest.mark.usefixtures("nowhere")
def test_missing_portraits_are_told_with_where_they_were_sought() -> None:
    """And how to name another folder."""
    with pytest.raises(PhotosMissing, match=r"nowhere.*FACEGRAPH_SHARED"):
        london()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("verb", [embedder.main, models.main])
def test_a_verb_without_portraits_ends_with_status_2(verb: object, tmp_path: Path) -> None:
    """One line, and no figures."""
    app = typer.Typer()
    app.command()(verb)  # type: ignore[type-var]
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    option = "--results" if verb is models.main else "--result"
    result = CliRunner().invoke(app, [option, str(tmp_path / "figures")])
    assert result.exit_code == 2
    assert "No portraits in" in result.output
    assert not list(tmp_path.iterdir())


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for the portraits where there are none."""
    monkeypatch.setattr(photographs, "LONDON", Path("nowhere"))
