"""The study runs from photos to tables and pictures."""

import csv
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deployments.errors import NoFace
from deployments.vision.pipeline import Pipeline
from evaluation import occlusion
from evaluation.quality_curves import main
from evaluation.quality_trials import pairs_in, run_trials
from tests.unit.vision.photographs import empty, jpeg


@pytest.fixture
def family(family: Path) -> Path:
    """Return the folder with a photo of a third person, who has no other."""
    (family / "once_a.jpg").write_bytes(jpeg(empty()))
    return family


@pytest.fixture
def run(at_home: Path) -> typer.Typer:  # noqa: ARG001 - the commands find it by themselves
    """Return both commands of the study."""
    app = typer.Typer()
    app.command("curves")(main)
    app.command("occlusion")(occlusion.main)
    return app


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_tables_and_pictures(run: typer.Typer, family: Path) -> None:
    """Each level is a row, each measure driven has a curve, two limits, and a small picture."""
    output = family / "study"
    options = ["--pack", "opencv_zoo", "--only", "shrunk", "--output", str(output)]
    result = CliRunner().invoke(run, ["curves", str(family), *options])
    assert result.exit_code == 0, result.output
    levels = rows(output / "levels.csv")
    assert {row["trials"] for row in levels} == {"2"}
    assert [row["fnmr"] for row in levels if row["degradation"] == "clean"] == ["0.0"]
    assert [row["not_found"] for row in levels if row["level"] == "80"] == ["0"]
    assert {row["measure"] for row in rows(output / "curves.csv")} == {"size"}
    assert [row["gate"] for row in rows(output / "limits.csv")] == ["standard", "strict"]
    assert (output / "size.svg").stat().st_size < 150_000


def test_a_folder_without_pairs_is_a_mistake(run: typer.Typer, tmp_path: Path) -> None:
    """A wrong path is told, not divided by."""
    result = CliRunner().invoke(run, ["curves", str(tmp_path), "--pack", "opencv_zoo"])
    assert result.exit_code == 2
    assert "two photos each" in result.output


def test_people_are_chosen_evenly(family: Path) -> None:
    """Only people with two photos take part, and as many as asked for."""
    assert [pair.person for pair in pairs_in(family)] == ["man", "woman"]
    assert [pair.person for pair in pairs_in(family, 1)] == ["man"]


def test_a_photo_without_a_face_ends_the_run(pipeline: Pipeline, tmp_path: Path) -> None:
    """Leaving people out in silence would make the figures better than the truth."""
    for name in ("wall_a.jpg", "wall_b.jpg"):
        (tmp_path / name).write_bytes(jpeg(empty()))
    with pytest.raises(NoFace):
        list(run_trials({"toy": pipeline}, pairs_in(tmp_path), ()))


def test_covers_are_compared(run: typer.Typer, family: Path) -> None:
    """A line a cover; a plain mask takes the edges away, dark glasses the light."""
    (family / "once_a.jpg").unlink()
    result = CliRunner().invoke(run, ["occlusion", str(family)])
    assert result.exit_code == 0, result.output
    names = [line[:15].strip() for line in result.output.splitlines()[1:]]
    assert names == list(occlusion.COVERS)
