"""`facegraph capacity` prints a plan with what each line rests on, and refuses what makes none."""

import json
from math import isfinite
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.capacity import figures
from cli.capacity.packs import WORK
from cli.main import app
from deployments.vision.catalogue import KNOWN
from tests.unit.cli.capacity.made_up import FIGURES

ASKED = ["capacity", "--rps", "200", "--gallery", "5e6", "--pack", "buffalo_l"]


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the command read figures that were made up."""
    path = tmp_path / "figures.json"
    path.write_text(FIGURES.model_dump_json())
    monkeypatch.setattr(figures, "PATH", path)
    monkeypatch.setenv("COLUMNS", "120")


def printed(*arguments: str) -> str:
    """Return what is printed when all goes well."""
    result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    "words",
    [
        "200 identifications a second of photos of 640 px with buffalo_l, 5,000,000 people",
        "machines of 16 cores of which 70% are used",
        "extrapolated",
        "measured",
        "benchmarks/results/2026-01-02-abc1234.json",
        "Some CPU, 2 cores",
        "an assumption",
    ],
)
def test_a_plan_says_what_was_asked_and_where_it_is_from(words: str) -> None:
    """The question, the basis of each line, the machine and the file."""
    assert words in " ".join(printed(*ASKED).split())


def test_each_line_has_a_basis_and_its_layers() -> None:
    """For programs: numbers as numbers."""
    plan = json.loads(printed(*ASKED, "--json"))
    assert plan["asked"] == {
        "rps": 200.0,
        "gallery": 5e6,
        "pack": "buffalo_l",
        "photo_px": 640,
        "cores_per_machine": 16,
        "headroom": 0.7,
    }
    assert {line["basis"] for line in plan["lines"]} <= {"measured", "fitted", "extrapolated"}
    assert all(line["layers"] and line["value"] > 0 for line in plan["lines"])
    assert plan["source"] == FIGURES.source


@pytest.mark.parametrize(
    ("people", "words", "others"),
    [
        ("1e6", "Up to 1,000,000 faces (compare_all_up_to) whoever", "the index says stands"),
        ("5e6", "among 100,000 it put 0.625 of the mates at cosine 0.7 first", "stay in memory"),
    ],
)
def test_how_everybody_is_searched_is_said(people: str, words: str, others: str) -> None:
    """Up to the limit all are looked at; beyond it the index is taken at its word, and misses."""
    told = " ".join(printed("capacity", "--rps", "5", "--gallery", people).split())
    assert words in told
    assert others not in told
    assert "Half of the searches are reckoned to be of people in the gallery" in told


@pytest.mark.parametrize(("pack", "said"), [("opencv_zoo", True), ("buffalo_l", False)])
def test_that_shorter_vectors_are_searched_otherwise_is_said(pack: str, said: bool) -> None:
    """What was measured are searches by signs, of which they have too few."""
    told = " ".join(printed("capacity", "--rps", "5", "--gallery", "1e4", "--pack", pack).split())
    assert ("without signs, which takes longer" in told) == said


def test_the_largest_load_has_a_plan() -> None:
    """However slow the pack and large the photo, each number is one that JSON knows."""
    most = ["--rps", "1e6", "--gallery", "1e11", "--pack", "antelopev2", "--photo-px", "100000"]
    plan = json.loads(printed("capacity", *most, "--cores-per-machine", "1", "--json"))
    assert all(isfinite(line["value"]) for line in plan["lines"])


def test_what_was_measured_needs_no_assumption() -> None:
    """On as many cores as were measured nothing is said of more."""
    assert "assumption" not in printed(*ASKED, "--cores-per-machine", "2")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rps", "1"], "One machine has the cores for all of it"),
        (["--rps", "600"], "PostgreSQL has a machine of its own besides"),
        (["--rps", "10000", "--cores-per-machine", "4"], "it is not spread over several"),
    ],
)
def test_where_postgresql_runs_is_said(arguments: list[str], words: str) -> None:
    """With the service, by itself, or not as asked."""
    told = printed("capacity", "--gallery", "1e5", "--pack", "buffalo_sc", *arguments)
    assert words in " ".join(told.split())


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--rps", "0", "above 0"),
        ("--rps", "-3", "above 0"),
        ("--rps", "nan", "above 0"),
        ("--rps", "inf", "above 0"),
        ("--rps", "1e308", "of at most"),
        ("--rps", "many", "valid number"),
        ("--gallery", "-1", "at least one person"),
        ("--gallery", "0", "at least one person"),
        ("--gallery", "inf", "at least one person"),
        ("--gallery", "nan", "at least one person"),
        ("--gallery", "1e308", "at most"),
        ("--pack", "antelope", "no known pack"),
        ("--photo-px", "0", "photo-px"),
        ("--photo-px", "1000000", "photo-px"),
        ("--cores-per-machine", "0", "cores-per-machine"),
        ("--headroom", "0", "below 1"),
        ("--headroom", "1", "below 1"),
        ("--headroom", "70", "below 1"),
        ("--headroom", "nan", "below 1"),
    ],
)
def test_what_makes_no_plan_is_refused(option: str, value: str, words: str) -> None:
    """A sentence about the option, and status 2."""
    result = CliRunner().invoke(app, [*ASKED, option, value])
    assert result.exit_code == 2
    assert words in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("left_out", ["--rps", "--gallery"])
def test_a_load_and_a_gallery_have_to_be_named(left_out: str) -> None:
    """There is no load that everybody has."""
    at = ASKED.index(left_out)
    result = CliRunner().invoke(app, ASKED[:at] + ASKED[at + 2 :])
    assert result.exit_code == 2
    assert left_out in result.stderr


def test_without_figures_it_says_what_makes_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A sentence and status 1, no traceback."""
    monkeypatch.setattr(figures, "PATH", tmp_path / "none.json")
    result = CliRunner().invoke(app, ASKED)
    assert result.exit_code == 1
    assert "make bench" in result.stderr


@pytest.mark.parametrize("pack", list(WORK))
def test_every_known_pack_has_a_plan(pack: str) -> None:
    """Those of the catalogue, with the dimension that it gives them."""
    assert "embedders" in printed("capacity", "--rps", "5", "--gallery", "100", "--pack", pack)
    assert KNOWN[pack].dimension == WORK[pack].dimension


def test_no_known_pack_is_missing() -> None:
    """A pack that is added to the catalogue has its work told here."""
    assert WORK.keys() == KNOWN.keys()
