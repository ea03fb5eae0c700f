"""Both packs tell the London portraits apart, and the recorded thresholds are what that gives."""

from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from deployments.errors import NoFace, UndecodableImage
from deployments.messages.embedder import Analysis
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline
from evaluation.separation import (
    IDENTIFY_FMR,
    VERIFY_FMR,
    Separation,
    analyse,
    main,
    person_in,
    separate,
)
from tests.unit.vision.photographs import empty, jpeg, portrait


@pytest.fixture(scope="session")
def separation(londoners: list[Analysis], london: list[Path]) -> Separation:
    """Return how each pack in turn separates 102 people."""
    return separate(londoners, [person_in(photo) for photo in london])


def test_every_genuine_pair_is_nearer_than_any_impostor_pair(separation: Separation) -> None:
    """102 people, two photos each: no two people are as alike as any one is to themselves."""
    assert (len(separation.genuine), len(separation.impostor)) == (102, 20_604)
    assert separation.margin > 0.2


def test_the_recorded_thresholds_are_what_the_photos_give(
    separation: Separation, pack: Pack
) -> None:
    """The catalogue's provisional thresholds come from this run, give or take the arithmetic.

    Engines and processors differ by up to 2e-4, and thresholds are told to four decimals.
    """
    assert pack.verify_threshold == pytest.approx(separation.threshold(VERIFY_FMR), abs=4e-4)
    assert pack.identify_threshold == pytest.approx(separation.threshold(IDENTIFY_FMR), abs=4e-4)


def test_every_london_portrait_passes_the_standard_gate(londoners: list[Analysis]) -> None:
    """Studio portraits show one face each, with nothing to refuse."""
    assert [[face.quality.reasons for face in one.faces] for one in londoners] == [[()]] * 204


@pytest.mark.parametrize(
    ("fmr", "threshold"), [(0.0, 0.8751), (0.125, 0.7501), (0.24, 0.7501), (0.5, 0.3751)]
)
def test_a_threshold_admits_at_most_the_rate(fmr: float, threshold: float) -> None:
    """It lies just over the most similar impostor pair that must not match, as a tie would."""
    impostor = np.linspace(0, 0.875, 8, dtype=np.float32)
    found = Separation(np.ones(1, np.float32), impostor).threshold(fmr)
    assert found == pytest.approx(threshold)
    assert (impostor >= found).mean() <= fmr


def test_pairs_are_sorted_by_whom_they_show(pipeline: Pipeline, family: Path) -> None:
    """Four photos of two people make two genuine pairs and four impostor pairs."""
    photos = sorted(family.iterdir())
    found = separate(analyse(pipeline, photos), [person_in(photo) for photo in photos])
    assert (len(found.genuine), len(found.impostor)) == (2, 4)
    assert found.margin > 0


@pytest.mark.parametrize(
    ("data", "error"), [(jpeg(empty()), NoFace), (jpeg(portrait())[:500], UndecodableImage)]
)
def test_a_photo_that_cannot_be_used_ends_the_run(
    pipeline: Pipeline, tmp_path: Path, data: bytes, error: type[Exception]
) -> None:
    """Leaving photos out in silence would make the figures better than the truth."""
    photo = tmp_path / "nobody_1.jpg"
    photo.write_bytes(data)
    with pytest.raises(error):
        analyse(pipeline, [photo])


@pytest.fixture
def command(at_home: Path) -> typer.Typer:  # noqa: ARG001 - the command finds it by itself
    """Return the command as `python -m evaluation.separation` runs it."""
    app = typer.Typer()
    app.command()(main)
    return app


def test_the_command_prints_pairs_and_thresholds(command: typer.Typer, family: Path) -> None:
    """Four lines: genuine and impostor pairs, and a threshold for each use."""
    result = CliRunner().invoke(command, [str(family), "--pack", "opencv_zoo"])
    assert result.exit_code == 0
    words = [line.split()[0] for line in result.output.splitlines()]
    assert words == ["genuine", "impostor", "verify", "identify"]


def test_a_folder_without_photos_is_a_mistake(command: typer.Typer, tmp_path: Path) -> None:
    """A wrong path is told, not divided by."""
    result = CliRunner().invoke(command, [str(tmp_path)])
    assert result.exit_code == 2
    assert "PERSON_anything.jpg" in result.output
