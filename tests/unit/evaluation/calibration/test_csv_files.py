"""CSV files: each mistake is told with its line."""

from pathlib import Path

import pytest

from evaluation.calibration.csv_files import read_csv
from evaluation.calibration.labels import read_labels
from evaluation.calibration.samples import Unusable
from evaluation.calibration.scored_pairs import read_scores


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a file will be."""
    return tmp_path / "given.csv"


def test_columns_come_in_any_order(path: Path) -> None:
    """Cells are stripped, empty lines passed over, and a spreadsheet's first mark is no letter."""
    path.write_text("\ufeffsame,score\n1, 0.5 \n\n0,-0.25\n", "utf-8")
    file = read_csv(path, ["score", "same"])
    assert file.columns == {"same": ("1", "0"), "score": ("0.5", "-0.25")}
    assert list(file.lines) == [2, 4]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "line 1: the header has no column score; it must name score,same"),
        (b"same\n1\n", "line 1: the header has no column score"),
        (b"score,same,same\n", "line 1: two columns have one name"),
        (b"score,same\n0.5,1\n0.5\n", "line 3: 1 cells under 2 columns"),
        (b'score,same\n0.5,"1\n', "line 2: unexpected end of data"),
        (b"score,same\n0.5,1\n\xff,1\n", "it is not UTF-8"),
        (b"score,same\n0.5,1\n0.5,maybe\n", "line 3: same is neither 1, 0, true nor false"),
        (b"score,same\n0.5,1\nhigh,0\n", "line 3: score is no number"),
        (b"score,same\n0.5,1\nnan,0\n", "line 3: score is no number"),
        (b"score,same\n0.5,1\n87.2,0\n", "line 3: score is no cosine"),
        (b"score,same\n-1.01,1\n0.2,0\n", "line 2: score is no cosine"),
        (b"score,same\n0.5,1\n", "holds no impostor comparison"),
        (b"score,same\n0.5,0\n", "holds no genuine comparison"),
        (b"score,same\n", "holds no genuine comparison"),
        (b"score,same,first_person\n0.5,0,a\n0.5,1,a\n", "both first_person and second_person"),
        (
            b"score,same,first_person,second_person\n0.5,0,a,b\n0.5,1,a,b\n",
            "line 3: a and b, and same says otherwise",
        ),
    ],
)
def test_scores_that_cannot_be_read_are_refused(path: Path, content: bytes, told: str) -> None:
    """The sentence names the file, the line and what is wrong there."""
    path.write_bytes(content)
    with pytest.raises(Unusable, match=rf"given\.csv.*{told}"):
        read_scores(path)


def test_scores_are_read_as_they_stand(path: Path) -> None:
    """Four comparisons in their order; who was compared stays unknown."""
    path.write_text("score,same\n0.75,1\n0.25,FALSE\n-0.5,0\n0.5,True\n")
    given = read_scores(path)
    assert given.scores.tolist() == [0.75, 0.25, -0.5, 0.5]
    assert given.same.tolist() == [True, False, False, True]
    assert (given.first, given.second) == (None, None)


def test_scores_may_say_who_was_compared(path: Path) -> None:
    """Then errors of one person can be counted together."""
    path.write_text("score,same,first_person,second_person\n0.7,1,ada,ada\n0.2,0,ada,bob\n")
    given = read_scores(path)
    assert (given.first, given.second) == (("ada", "ada"), ("ada", "bob"))


def test_labels_are_read_by_person(path: Path) -> None:
    """An empty cell is no label, and a person may be named twice alike."""
    path.write_text("site,person,age\ngate,ada,30-40\ngate,ada,30-40\n,bob,\n")
    assert read_labels(path) == {"ada": {"site": "gate", "age": "30-40"}, "bob": {}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("person\nada\n", "line 1: beside person there is no column"),
        ("person,site\nada,gate\nada,hall\n", "line 3: ada was given other labels above"),
    ],
)
def test_labels_that_are_none_or_two_are_refused(path: Path, content: str, told: str) -> None:
    """A person is of one group of each kind."""
    path.write_text(content)
    with pytest.raises(Unusable, match=told):
        read_labels(path)
