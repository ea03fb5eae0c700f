"""What a terminal shows: failures first, then a line a target; and how far a run is."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from cli.calibrate.progress import Shown
from cli.calibrate.summary import summary
from evaluation.calibration.acquisition import Progress
from evaluation.calibration.findings import Calibration
from tests.unit.cli.calibrate.found import (
    MACHINERY,
    NO_PHOTOS,
    REFUSED,
    SUPPORTED,
    calibration,
)


def lines_of(found: Calibration, width: int = 200) -> list[str]:
    """Return what a terminal of so many columns shows."""
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False)
    console.print(summary(found))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_failures_come_before_rates() -> None:
    """People, photos and comparisons, the machinery, FTA and FTE, and the reasons, most first."""
    lines = lines_of(calibration(SUPPORTED, REFUSED))
    assert lines[0] == (
        "portraits: 102 people, 204 photos; 102 genuine and 20,604 impostor comparisons"
    )
    assert lines[1] == "opencv_zoo, pipeline 1-640-twice, quality standard"
    assert lines[2] == "failure to acquire (FTA)  1.5 % [0.5 %, 4 %], 3 of 204"
    assert lines[3] == "failure to enrol (FTE)    0 % [0 %, 4 %], 0 of 102"
    assert lines[4] == "  low_quality: blurred 2, no_face 1"


def test_what_was_left_out_is_told() -> None:
    """A sample, or pairs that were listed twice: before any figure of what is left."""
    found = calibration(SUPPORTED)
    noted = replace(found, dataset=replace(found.dataset, note="3 repeat others"))
    assert lines_of(noted)[1] == "3 repeat others"


def test_each_target_has_a_threshold_or_a_reason() -> None:
    """With both rates, their intervals and the errors; reasons stand below, in whole sentences."""
    lines = lines_of(calibration(SUPPORTED, REFUSED))
    table = lines.index("") + 2
    supported = re.split(r" {2,}", lines[table].strip())
    rates = ["0.62 % [0.4 %, 0.9 %]", "4 % [1 %, 20 %]"]
    assert supported == ["1e-2", "0.3457", *rates, "31 + 2", "FNMR"]
    assert lines[table + 1].split() == ["1e-6", "none"]
    assert "few: under 30 of them" in lines[-2]
    assert lines[-1] == "1e-6: not supported by this data: it takes 3,000,000"


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.996, "99.6 %"), (0.9999, "over 99.9 %"), (1.0, "100 %"), (1e-7, "0.00001 %")],
)
def test_no_rate_is_a_power_of_ten(value: float, told: str) -> None:
    """Nor all, where it is not all."""
    assert SUPPORTED.fnmr is not None
    point = replace(SUPPORTED, fnmr=replace(SUPPORTED.fnmr, value=value))
    assert f"  {told} [1 %, 20 %]" in "\n".join(lines_of(calibration(point)))


def test_eighty_columns_hold_a_row() -> None:
    """Nothing is cut off or wrapped on a narrow terminal."""
    shown = [line for line in lines_of(calibration(SUPPORTED), width=80) if "0.3457" in line]
    assert shown[0].rstrip().endswith("31 + 2  FNMR")


def test_enough_errors_are_not_flagged() -> None:
    """Thirty of either kind are enough; and where nothing is supported nothing needs a key."""
    assert SUPPORTED.fnmr is not None
    point = replace(SUPPORTED, fnmr=replace(SUPPORTED.fnmr, errors=30))
    (row,) = (line for line in lines_of(calibration(point)) if "0.3457" in line)
    assert row.rstrip().endswith("31 + 30")
    assert "trust" not in "".join(lines_of(calibration(REFUSED)))


def test_scores_have_no_photos_that_could_fail() -> None:
    """Neither failures nor machinery are told of what nobody saw."""
    unknown = replace(MACHINERY, pack="")
    shown = "\n".join(lines_of(calibration(REFUSED, acquisition=NO_PHOTOS, machinery=unknown)))
    assert "failure" not in shown
    assert "pipeline" not in shown


@pytest.fixture
def terminal() -> Console:
    """Return a terminal that remembers what was drawn."""
    return Console(file=io.StringIO(), force_terminal=True, width=150)


def drawn(console: Console) -> str:
    """Return all that was drawn."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_bars_say_how_far_a_run_is(terminal: Console) -> None:
    """Photos done and from the cache, then the stages of the statistics."""
    with Shown(terminal) as shown:
        shown.photos(Progress(0, 204, 0, 0))
        shown.photos(Progress(102, 204, 40, 1))
        shown.photos(Progress(204, 204, 40, 3))
        shown.stage("comparing", 0.5)
    text = drawn(terminal)
    assert "204/204" in text
    assert "40 from the cache, 3 not acquired" in text
    assert "50/100" in text


def test_a_log_has_a_line_and_no_bar() -> None:
    """What became of the photos, once."""
    log = Console(file=io.StringIO(), width=100)
    with Shown(log) as shown:
        shown.photos(Progress(0, 2, 0, 0))
        shown.photos(Progress(2, 2, 1, 1))
        shown.stage("comparing", 1.0)
    assert drawn(log) == "2 photos: 1 from the cache, 1 not acquired\n"
