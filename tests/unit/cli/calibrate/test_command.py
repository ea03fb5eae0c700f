"""`facegraph calibrate`: from what a person has to a report, or to one sentence."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from cli.calibrate import command
from cli.calibrate.command import MOST_THREADS, NOT_SUPPORTED, default_threads
from cli.main import app
from tests.unit.cli.calibrate.found import REFUSED, Statistics, TooLittle
from tests.unit.evaluation.calibration.words import photo
from tests.unit.vision.photographs import two_people

Run = Callable[..., Result]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Return where a report will be."""
    return tmp_path / "out"


@pytest.fixture
def portraits(tmp_path: Path) -> Path:
    """Return a folder with two photos of each of two people."""
    folder = tmp_path / "portraits"
    folder.mkdir()
    return two_people(folder)


def test_a_folder_becomes_a_report(
    run: Run, statistics: Statistics, portraits: Path, output: Path, tmp_path: Path
) -> None:
    """Real models make the templates; the answer ends with where the report lies."""
    kept = tmp_path / "kept"
    result = run(portraits, "--output", output, "--cache", kept, "--threads", 1, "--seed", 7)
    assert result.exit_code == 0, result.output
    assert result.stdout.rstrip().endswith(f"The whole report: {output / 'report.json'}")
    assert "4 photos: 0 from the cache, 0 not acquired" in result.stderr
    templates, machinery, kind, name = statistics.asked
    assert templates.people == ("man", "man", "woman", "woman")
    assert templates.vectors.shape == (4, 128)
    np.testing.assert_allclose(np.linalg.norm(templates.vectors, axis=1), 1, atol=1e-5)
    assert (machinery.pack, machinery.pipeline, machinery.quality) == (
        "opencv_zoo",
        "1-640-twice",
        "standard",
    )
    assert (kind, name) == ("folder", "portraits")
    assert (statistics.named["seed"], statistics.named["pairs"]) == (7, None)
    assert statistics.named["sensitivity"] is None


@pytest.mark.usefixtures("statistics")
def test_a_second_run_finds_the_embeddings(
    run: Run, portraits: Path, output: Path, tmp_path: Path
) -> None:
    """It says so, and `--forget` deletes them; with another gate they are made anew."""
    kept = tmp_path / "kept"
    common = (portraits, "--output", output, "--cache", kept, "--threads", 1)
    run(*common)
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept.rglob("*.templates")} == {0o600}
    assert "4 photos: 4 from the cache" in run(*common).stderr
    assert "4 photos: 0 from the cache" in run(*common, "--quality", "off").stderr
    assert "Deleted what 2 kinds of runs had kept" in run("--forget", "--cache", kept).stdout
    assert not kept.exists()


@pytest.mark.usefixtures("statistics")
def test_where_no_target_is_supported_the_status_says_so(
    run: Run, statistics: Statistics, portraits: Path, output: Path, at_home: Path
) -> None:
    """There is a report all the same; and with --no-cache no embedding is kept."""
    statistics.points = (REFUSED,)
    result = run(portraits, "--output", output, "--no-cache", "--threads", 2)
    assert result.exit_code == NOT_SUPPORTED
    assert "1e-6: not supported by this data: it takes 3,000,000" in result.stdout
    assert (output / "report.json").exists()
    assert not (at_home / "calibration").exists()


def test_pairs_are_compared_as_listed(
    run: Run, statistics: Statistics, portraits: Path, output: Path, tmp_path: Path
) -> None:
    """Their places are those of the templates."""
    listed = tmp_path / "pairs.csv"
    listed.write_text(
        "first,second,same\nwoman_a.jpg,woman_b.jpg,1\nwoman_b.jpg,man_a.jpg,0\n", "utf-8"
    )
    options = ("--photos", portraits, "--output", output, "--no-cache", "--threads", 1)
    result = run(listed, *options)
    assert result.exit_code == 0, result.output
    pairs = statistics.named["pairs"]
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0, 1], [1, 2])
    assert statistics.asked[2:] == ("pairs", "pairs.csv")


def test_scores_need_no_photos(
    run: Run, statistics: Statistics, output: Path, tmp_path: Path
) -> None:
    """Neither a model nor the graph's configuration is looked at."""
    path = tmp_path / "scores.csv"
    path.write_text("same,score\n1,0.75\n0,0.25\n")
    result = run(path, "--output", output)
    assert result.exit_code == 0, result.output
    scores, same, first, second, name = statistics.asked
    assert (scores.tolist(), same.tolist()) == ([0.75, 0.25], [True, False])
    assert (first, second, name) == (None, None, "scores.csv")


def test_labels_reach_the_statistics(
    run: Run, statistics: Statistics, portraits: Path, output: Path, tmp_path: Path
) -> None:
    """By person and attribute."""
    labels = tmp_path / "groups.csv"
    labels.write_text("person,site\nman,gate\nwoman,hall\n")
    options = ("--groups", labels, "--output", output, "--no-cache", "--threads", 1)
    assert run(portraits, *options).exit_code == 0
    assert statistics.named["groups"] == {"man": {"site": "gate"}, "woman": {"site": "hall"}}


def test_labels_of_nobody_are_told(
    run: Run, statistics: Statistics, portraits: Path, output: Path, tmp_path: Path
) -> None:
    """Where names are spelt in two ways groups are empty, and nothing else would say why."""
    labels = tmp_path / "groups.csv"
    labels.write_text("person,site\nman,gate\nWoman,hall\n")
    options = ("--groups", labels, "--output", output, "--no-cache", "--threads", 1)
    result = run(portraits, *options)
    assert "1 of 2 people with labels have no photo" in result.stderr
    assert statistics.asked[3] == "portraits"


def test_names_are_no_markup(
    run: Run, statistics: Statistics, portraits: Path, output: Path
) -> None:
    """Whatever they are made of, they are shown, and the run does not end over them."""
    statistics.points = (replace(REFUSED, refusal="of [/b] and :smile:"),)
    result = run(portraits, "--output", output, "--no-cache", "--threads", 1)
    assert result.exit_code == NOT_SUPPORTED
    assert "1e-6: of [/b] and :smile:" in result.stdout


def test_photos_are_damaged_where_it_is_asked(
    run: Run, statistics: Statistics, portraits: Path, output: Path
) -> None:
    """Only once there is a threshold to try it at, and of people who did not choose it alone."""
    rows: list[Any] = []
    statistics.then = lambda named: rows.extend(named["sensitivity"](0.3383, ["woman"]))
    options = ("--sensitivity", 1, "--output", output, "--no-cache", "--threads", 1)
    assert run(portraits, *options).exit_code == 0
    assert {row.not_acquired.trials for row in rows} == {1}
    assert {row.fmr.trials for row in rows} == {0}
    assert {"nothing", "blurred", "shrunk", "turned", "darkened", "compressed", "mask"} <= {
        row.damage for row in rows
    }


def test_too_little_for_statistics_is_one_sentence(
    run: Run, statistics: Statistics, portraits: Path, output: Path
) -> None:
    """Exit status 1, and what is missing."""

    def refuse(_: dict[str, Any]) -> None:
        raise TooLittle("Each half needs two people at least.")

    statistics.then = refuse
    result = run(portraits, "--output", output, "--no-cache", "--threads", 1)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "facegraph: Each half needs two people at least."


@pytest.mark.usefixtures("statistics")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["{photos}"], "Name the folder for the report with --output."),
        (["--output", "{out}"], "Name photos, pairs or scores"),
        (["--output", "{out}", "--collection", "staff"], "needs --held-out"),
        (["{photos}", "--output", "{out}", "--collection", "staff"], "Name either a source or"),
        (["{photos}", "--output", "{out}", "--photos", "{photos}"], "--photos is where"),
        (["{photos}", "--output", "{out}"], "Nobody has two photos"),
        (["{out}/nowhere", "--output", "{out}"], "No such file"),
        (["{photos}", "--output", "{scores}"], "File exists"),
        (["{twins}", "--output", "{out}", "--pack", "buffalo_l"], "buffalo_l is incomplete"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    run: Run, tmp_path: Path, arguments: list[str], told: str
) -> None:
    """Exit status 1, one line, no traceback; and nothing is computed before."""
    photo(tmp_path / "photos/ada_1.jpg", "face")
    photo(tmp_path / "photos/bob_1.jpg", "face")
    for name in ("ada_1", "ada_2", "bob_1"):
        photo(tmp_path / f"twins/{name}.jpg", "face")
    places = {name: tmp_path / name for name in ("photos", "twins", "out", "scores")}
    places["scores"].write_text("score,same\n0.5,1\n0.1,0\n")
    result = run(*(each.format(**places) for each in arguments))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert result.stderr.startswith("facegraph: ")
    assert told in result.stderr


@pytest.mark.usefixtures("statistics")
def test_photos_without_faces_leave_nothing_to_compare(
    run: Run, output: Path, tmp_path: Path
) -> None:
    """What was not acquired is counted before the run ends."""
    for name in ("ada_1", "ada_2", "bob_1"):
        photo(tmp_path / f"photos/{name}.jpg", f"no photo {name}")
    options = ("--output", output, "--no-cache", "--threads", 1)
    result = run(tmp_path / "photos", *options)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "3 photos: 0 from the cache, 3 not acquired",
        "facegraph: There are no templates to compare.",
    ]


@pytest.mark.usefixtures("statistics")
def test_a_configuration_that_serves_nothing_calibrates_nothing(
    run: Run, portraits: Path, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its mistake is told as `check-config` tells it."""
    monkeypatch.chdir(tmp_path)
    result = run(portraits, "--output", output)
    assert result.exit_code == 1
    assert "serve_config.yaml" in result.stderr


@pytest.mark.usefixtures("statistics")
def test_an_engine_that_is_not_there_is_told(
    run: Run, portraits: Path, output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the start of a service tells it, for calibration is of what would serve."""
    shipped = Path("serve_config.yaml").read_text("utf-8")
    path = tmp_path / "serve_config.yaml"
    path.write_text(shipped.replace("device: auto ", "device: cuda "))
    monkeypatch.chdir(tmp_path)
    result = run(portraits, "--output", output)
    assert (result.exit_code, "device cuda needs num_gpus" in result.stderr) == (1, True)


@pytest.mark.parametrize(("cores", "threads"), [(0.5, 1), (2.0, 2), (64, MOST_THREADS)])
def test_threads_are_cores_within_reason(
    monkeypatch: pytest.MonkeyPatch, cores: float, threads: int
) -> None:
    """At least one, and not so many copies of the networks that memory runs out."""
    monkeypatch.setattr(command, "usable_cores", lambda: cores)
    assert default_threads() == threads


PAIRS = ("pairs.csv",)
HELD_OUT = ("--collection", "staff", "--held-out", ".")
SCORES = ("scores.csv",)


@pytest.mark.usefixtures("statistics")
@pytest.mark.parametrize(
    ("source", "option"),
    [
        (("photos",), ("--photos", ".")),
        (PAIRS, ("--groups", "groups.csv")),
        (PAIRS, ("--index",)),
        (HELD_OUT, ("--photos", ".")),
        (HELD_OUT, ("--groups", "groups.csv")),
        (SCORES, ("--photos", ".")),
        (SCORES, ("--groups", "groups.csv")),
        (SCORES, ("--sensitivity", "3")),
        (SCORES, ("--index",)),
        (SCORES, ("--pack", "opencv_zoo")),
        (SCORES, ("--quality", "standard")),
        (SCORES, ("--cache", "kept")),
        (SCORES, ("--no-cache",)),
        (SCORES, ("--threads", "1")),
    ],
)
def test_an_option_that_would_change_nothing_is_refused(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: tuple[str, ...],
    option: tuple[str, ...],
) -> None:
    """Whoever wrote it expects something of it, even where it says what is so anyway."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "pairs.csv").write_text("first,second,same\n")
    (tmp_path / "scores.csv").write_text("score,same\n")
    monkeypatch.chdir(tmp_path)
    result = run(*source, "--output", "out", *option)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert result.stderr.startswith(f"facegraph: {option[0]} ")
    assert not (tmp_path / "out").exists()


def test_its_help_says_what_it_keeps() -> None:
    """Embeddings are biometric data, and who runs this is told before."""
    result = CliRunner().invoke(app, ["calibrate", "--help"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    assert "biometric data" in result.stdout
