"""Lists of pairs: LFW's format and CSV say who is shown and what is compared."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.calibration.listed_pairs import ListedPairs, read_pairs
from evaluation.calibration.samples import Unusable
from tests.unit.evaluation.calibration.words import photo

LFW = "1\t2\nada\t1\t2\nbob\t1\t3\nada\t1\tbob\t1\nada\t2\tbob\t3\n"
CSV = "first,second,same\na1.jpg,a2.jpg,1\nb1.jpg,b2.jpg,true\na1.jpg,b1.jpg,0\n"
NAMED = (
    "first,second,same,first_person,second_person\n"
    "a1.jpg,a2.jpg,1,ada,ada\na2.jpg,b1.jpg,0,ada,bob\n"
)


@pytest.fixture
def lfw(tmp_path: Path) -> Path:
    """Return a folder with photos named as LFW names them."""
    for name, number in (("ada", 1), ("ada", 2), ("bob", 1), ("bob", 3)):
        photo(tmp_path / f"lfw/{name}/{name}_{number:04d}.jpg", f"face {name} {number}")
    return tmp_path / "lfw"


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """Return where a CSV lies among the photos it names."""
    for name in ("a1", "a2", "a3", "b1", "b2"):
        photo(tmp_path / f"{name}.jpg", f"face {name}")
    return tmp_path / "pairs.csv"


def told(listed: ListedPairs) -> list[tuple[str, str]]:
    """Return the pairs as names of files."""
    names = [sample.path.name for sample in listed.samples]
    return [
        (names[first], names[second])
        for first, second in zip(listed.first, listed.second, strict=True)
    ]


@pytest.mark.parametrize("header", ["1\t2", "2\t1", "2"])
def test_lfw_is_read_as_it_was_published(lfw: Path, tmp_path: Path, header: str) -> None:
    """Folds and pairs a fold, or the pairs alone; each photo stands once among the samples."""
    path = tmp_path / "pairs.txt"
    path.write_text(LFW.replace("1\t2", header, 1))
    listed = read_pairs(path, lfw)
    assert told(listed) == [
        ("ada_0001.jpg", "ada_0002.jpg"),
        ("bob_0001.jpg", "bob_0003.jpg"),
        ("ada_0001.jpg", "bob_0001.jpg"),
        ("ada_0002.jpg", "bob_0003.jpg"),
    ]
    assert [sample.person for sample in listed.samples] == ["ada", "ada", "bob", "bob"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("1\t2\nada\t1\t2\n", "promises 4 pairs in its first line, and has 1"),
        ("1\nada\t1\t2\nada\t1\n", "line 3: it is neither `name i j` nor `name i name j`"),
        ("1\nada\tone\t2\nada\t1\tbob\t1\n", "line 2: it is neither"),
        ("1\nada\t1\t2\nada\t1\tbob\t2\n", r"line 3: there is no photo .*bob_0002\.jpg"),
        ("1\nada\t1\t2\nbob\t1\t3\n", "must list pairs of one person, and pairs of two"),
    ],
)
def test_a_list_of_lfws_that_is_not_whole_is_refused(lfw: Path, lines: str, told: str) -> None:
    """What was cut short would give other figures, and nobody would know."""
    path = lfw / "pairs.txt"
    path.write_text(lines)
    with pytest.raises(Unusable, match=told):
        read_pairs(path)


def test_a_list_of_lfws_is_text(lfw: Path) -> None:
    """Other bytes are refused in a sentence."""
    (lfw / "pairs.txt").write_bytes(b"1\nada\t1\t2\n\xff\xfe\n")
    with pytest.raises(Unusable, match="is not UTF-8"):
        read_pairs(lfw / "pairs.txt")


def test_photos_said_to_show_one_person_do(beside: Path) -> None:
    """Two pairs that share a photo put three photos together; the others are somebody else's."""
    beside.write_text(CSV + "a2.jpg,a3.jpg,1\n")
    listed = read_pairs(beside)
    people = {sample.path.stem: sample.person for sample in listed.samples}
    assert people["a1"] == people["a2"] == people["a3"]
    assert people["b1"] == people["b2"] != people["a1"]
    assert told(listed)[-1] == ("a2.jpg", "a3.jpg")


def test_people_may_be_named(beside: Path) -> None:
    """Then they can be given labels."""
    beside.write_text(NAMED)
    samples = read_pairs(beside).samples
    assert [sample.person for sample in samples] == ["ada", "ada", "bob"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (CSV + "a2.jpg,b2.jpg,1\n", "line 4: a1.jpg and b1.jpg are said to show one person"),
        (CSV + "a1.jpg,a9.jpg,0\n", r"line 5: there is no photo .*a9\.jpg"),
        (CSV.replace("a1.jpg,b1.jpg,0\n", ""), "must list pairs of one person, and pairs of two"),
        (NAMED.replace("0,ada,bob", "1,ada,bob"), "line 3: ada and bob, and same says otherwise"),
        (NAMED.replace("0,ada,bob", "0,eve,bob"), "line 3: a2.jpg shows eve, and ada above"),
        ("first,second,same,first_person\na1.jpg,a2.jpg,1,ada\n", "needs a column second_person"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(beside: Path, content: str, told: str) -> None:
    """A photo shows one person, whoever says so."""
    beside.write_text(content)
    with pytest.raises(Unusable, match=told):
        read_pairs(beside)


def test_pairs_follow_the_photos_that_gave_templates(beside: Path) -> None:
    """A pair with a photo that was not acquired is left out, and the others find their places."""
    beside.write_text(CSV + "a2.jpg,b2.jpg,0\n")
    pairs = read_pairs(beside).among(np.array([0, 1, -1, 2]))
    assert (pairs.first.tolist(), pairs.second.tolist()) == ([0, 1], [1, 2])
