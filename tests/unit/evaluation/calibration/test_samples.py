"""Folders of photos: who is shown where, and what is said of folders that do not tell."""

from pathlib import Path

import pytest

from evaluation.calibration.samples import Sample, Unusable, in_folder, require_comparable
from tests.unit.evaluation.calibration.words import photo


def test_people_are_folders(tmp_path: Path) -> None:
    """Photos lie in their person's folder or deeper; other files and hidden ones are none."""
    shown = [
        photo(tmp_path / name, "face")
        for name in ("ada/1.jpg", "ada/later/2.PNG", "bob/1.webp", "bob/2.bmp")
    ]
    aside = ("ada/.1.jpg", ".cache/1.jpg", "ada/.thumbs/1.jpg", "ada/@eaDir/1.jpg", "@eaDir/1.jpg")
    for name in ("ada/notes.txt", "readme.md", *aside):
        photo(tmp_path / name, "face")
    assert in_folder(tmp_path) == [
        Sample(person, path)
        for person, path in zip(("ada", "ada", "bob", "bob"), shown, strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("bob_1.jpg", "bob"),
        ("ada_left.jpeg", "ada"),
        ("ada_2_left.jpg", "ada"),
        ("Aaron_Eckhart_0001.jpg", "Aaron_Eckhart"),
        ("ada_.jpg", "ada"),
    ],
)
def test_people_are_beginnings_of_names(tmp_path: Path, name: str, person: str) -> None:
    """In a flat folder it ends where only a number follows, and else at the first underscore."""
    photo(tmp_path / name, "face")
    assert [sample.person for sample in in_folder(tmp_path)] == [person]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([], "holds no photo"),
        (["notes.txt"], "holds no photo"),
        (["ada.jpg"], "ada.jpg does not say whom it shows"),
        ([".thumbs/1.jpg"], "holds no photo"),
        (["_1.jpg"], "_1.jpg does not say whom it shows"),
        (["ada/1.jpg", "bob_1.jpg"], "by the names of files or of folders"),
    ],
)
def test_a_folder_that_does_not_tell_is_refused(
    tmp_path: Path, files: list[str], told: str
) -> None:
    """One sentence names what is missing or what contradicts itself."""
    for name in files:
        photo(tmp_path / name, "face")
    with pytest.raises(Unusable, match=told):
        in_folder(tmp_path)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is told as it was given."""
    with pytest.raises(Unusable, match="nowhere is no folder of photos"):
        in_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ([], "no photos to compare"),
        (["ada", "ada"], "All photos are of ada: .* no impostor comparison"),
        (["ada", "bob"], "Nobody has two photos: .* no genuine comparison"),
    ],
)
def test_without_pairs_of_both_kinds_nothing_begins(people: list[str], told: str) -> None:
    """A rate needs comparisons, and the sentence says of which kind there are none."""
    with pytest.raises(Unusable, match=told):
        require_comparable(people)


def test_one_person_with_two_photos_and_a_stranger_will_do() -> None:
    """Few are no reason to refuse: how little they say is for the statistics to tell."""
    require_comparable(["ada", "ada", "bob"])
