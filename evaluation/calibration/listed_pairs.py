"""Lists of pairs of photos: of Labeled Faces in the Wild, and CSV; just these are compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration.csv_files import CsvFile, read_csv
from evaluation.calibration.samples import Sample, Unusable
from evaluation.calibration.scored_pairs import PEOPLE
from evaluation.calibration.templates import Pairs

LFW_HEADER: Final = re.compile(r"(?:(?P<folds>\d+)\s+)?(?P<each>\d+)\s*")
_OF_ONE, _OF_TWO = 3, 4  # Words in a line of LFW's, by how many people it names.


@dataclass(frozen=True, slots=True)
class ListedPairs:
    """The photos that are listed, each once, and the places (m,) in them of each pair."""

    samples: tuple[Sample, ...]
    first: NDArray[np.intp]
    second: NDArray[np.intp]

    def among(self, positions: NDArray[np.intp]) -> Pairs:
        """Return the pairs of templates; `positions` says which each photo gave, -1 for none."""
        first, second = positions[self.first], positions[self.second]
        kept = (first >= 0) & (second >= 0)
        return Pairs(first[kept], second[kept])


class _Pair(NamedTuple):
    first: Sample
    second: Sample


def read_pairs(path: Path, photos: Path | None = None) -> ListedPairs:
    """Read a list of pairs of photos, whose paths begin at `photos`, or else where the list lies.

    LFW's `pairs.txt` begins with one number or two; photo 3 of a name is `NAME/NAME_0003.jpg`. A
    CSV has the columns `first,second,same`, and may name people in `first_person,second_person`;
    where it does not, photos that are said to show the same person show one, and all others
    different people. Raises Unusable.
    """
    root = path.parent if photos is None else photos
    pairs = list(_of_lfw(path, root) if is_lfw(path) else _of_csv(path, root))
    same = {pair.first.person == pair.second.person for pair in pairs}
    if len(same) < len((True, False)):
        raise Unusable(f"{path} must list pairs of one person, and pairs of two.")
    samples = list(dict.fromkeys(sample for pair in pairs for sample in pair))
    places = {sample: place for place, sample in enumerate(samples)}
    first, second = np.array([[places[sample] for sample in pair] for pair in pairs], np.intp).T
    return ListedPairs(tuple(samples), first, second)


def is_lfw(path: Path) -> bool:
    """Tell by its first line whether a file is a list in LFW's format."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return LFW_HEADER.fullmatch(file.readline()) is not None


def _of_lfw(path: Path, root: Path) -> Iterator[_Pair]:
    try:
        header, *lines = path.read_text("utf-8").rstrip().splitlines()
    except UnicodeDecodeError:
        raise Unusable(f"{path} is not UTF-8.") from None
    numbers = LFW_HEADER.fullmatch(header)
    assert numbers is not None  # noqa: S101  by which it is told to be LFW's
    promised = 2 * int(numbers["folds"] or 1) * int(numbers["each"])
    if len(lines) != promised:
        raise Unusable(f"{path} promises {promised} pairs in its first line, and has {len(lines)}.")
    for number, line in enumerate(lines, 2):
        yield _lfw_pair(line, root, f"{path}, line {number}")


def _lfw_pair(line: str, root: Path, where: str) -> _Pair:
    words = line.split("\t") if "\t" in line else line.split()
    if len(words) == _OF_ONE:
        words = [words[0], words[1], words[0], words[2]]
    numbers = words[1::2]
    if len(words) != _OF_TWO or not all(number.strip().isdecimal() for number in numbers):
        raise Unusable(f"{where}: it is neither `name i j` nor `name i name j`.")
    first, second = (
        Sample(name, _present(root / name / f"{name}_{int(number):04d}.jpg", where))
        for name, number in zip(words[::2], numbers, strict=True)
    )
    return _Pair(first, second)


def _of_csv(path: Path, root: Path) -> Iterator[_Pair]:
    file = read_csv(path, ["first", "second", "same"])
    same = file.truths("same")
    named = _named(file, same) if PEOPLE[0] in file.columns else _grouped(file, same)
    columns = zip(file.columns["first"], file.columns["second"], strict=True)
    for row, photos in enumerate(columns):
        where = f"{path}, line {file.lines[row]}"
        first, second = (Sample(named[each], _present(root / each, where)) for each in photos)
        yield _Pair(first, second)


def _named(file: CsvFile, same: list[bool]) -> dict[str, str]:
    """Return whom each photo shows, as the file says; Unusable where it contradicts itself."""
    if PEOPLE[1] not in file.columns:
        raise Unusable(f"{file.path}, line 1: a column {PEOPLE[0]} needs a column {PEOPLE[1]}.")
    people: dict[str, str] = {}
    names = zip(*(file.columns[name] for name in PEOPLE), strict=True)
    photos = zip(file.columns["first"], file.columns["second"], strict=True)
    for row, (shown, named) in enumerate(zip(photos, names, strict=True)):
        if (named[0] == named[1]) != same[row]:
            raise file.refused(row, f"{named[0]} and {named[1]}, and same says otherwise")
        for photo, name in zip(shown, named, strict=True):
            if people.setdefault(photo, name) != name:
                raise file.refused(row, f"{photo} shows {name}, and {people[photo]} above")
    return people


def _grouped(file: CsvFile, same: list[bool]) -> dict[str, str]:
    """Return for each photo one of those that show the same person; Unusable where two do not."""
    above: dict[str, str] = {}

    def person(photo: str) -> str:
        while (next_up := above.setdefault(photo, photo)) != photo:
            above[photo] = photo = above[next_up]
        return photo

    pairs = list(zip(file.columns["first"], file.columns["second"], strict=True))
    for (first, second), together in zip(pairs, same, strict=True):
        if together:
            above[person(second)] = person(first)
    for row, ((first, second), together) in enumerate(zip(pairs, same, strict=True)):
        if person(first) == person(second) and not together:
            why = f"{first} and {second} are said to show one person, here or by others, and two"
            raise file.refused(row, why)
    return {photo: person(photo) for photo in list(above)}


def _present(photo: Path, where: str) -> Path:
    if not photo.is_file():
        raise Unusable(f"{where}: there is no photo {photo}.")
    return photo
