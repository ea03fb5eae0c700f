"""Photos with the name of whom each shows, from folders as people keep them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PHOTO_ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})

_THUMBNAILS: Final = "@eaDir"  # Synology's.


class Unusable(Exception):
    """What was handed over cannot be calibrated with; the message is one sentence for who did."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One photo, and the name of the person it shows: a label that tells people apart."""

    person: str
    path: Path


def in_folder(folder: Path) -> list[Sample]:
    """Return the photos in `PERSON/` and below it, or those named `PERSON_anything.jpg`, in order.

    A file's name of a person ends at the last underscore where only a number follows, as in
    `Aaron_Eckhart_0001.jpg`, and else at the first. Files that are no photos by their ending are
    passed over, and all that is hidden or that a NAS keeps beside photos. Raises Unusable where
    there is no photo, where one has no name, and where it is not clear whether names are those of
    folders or of files.
    """
    if not folder.is_dir():
        raise Unusable(f"{folder} is no folder of photos.")
    nested = [
        Sample(each.name, photo)
        for each in sorted(folder.iterdir())
        if each.is_dir()
        for photo in _photos(each.rglob("*"), folder)
    ]
    flat = _photos(folder.iterdir(), folder)
    if nested and flat:
        raise Unusable(
            f"{folder} holds photos as well as folders of photos: are people told apart by the "
            "names of files or of folders?"
        )
    if not nested and not flat:
        raise Unusable(f"{folder} holds no photo ({', '.join(sorted(PHOTO_ENDINGS))}).")
    return nested or [Sample(_named(photo), photo) for photo in flat]


def require_comparable(people: Sequence[str], of: str = "photos") -> None:
    """Raise Unusable where there are no genuine or no impostor comparisons; `of` is a noun."""
    counts = Counter(people)
    if not counts:
        raise Unusable(f"There are no {of} to compare.")
    if len(counts) == 1:
        raise Unusable(
            f"All {of} are of {people[0]}: without a second person there is no impostor "
            "comparison, and no rate of false matches."
        )
    if max(counts.values()) == 1:
        raise Unusable(
            f"Nobody has two {of}: without them there is no genuine comparison, and no rate of "
            "false non-matches."
        )


def _photos(paths: Iterable[Path], folder: Path) -> list[Path]:
    return sorted(
        path
        for path in paths
        if path.suffix.lower() in PHOTO_ENDINGS
        and not any(map(_is_aside, path.relative_to(folder).parts))
        and path.is_file()
    )


def _is_aside(name: str) -> bool:
    return name.startswith(".") or name == _THUMBNAILS


def _named(photo: Path) -> str:
    name, underscore, number = photo.stem.rpartition("_")
    if not number.isdecimal():
        name, underscore, _ = photo.stem.partition("_")
    if not name or not underscore:
        raise Unusable(
            f"{photo} does not say whom it shows: name photos PERSON_anything{photo.suffix}, or "
            "put them into a folder for each person."
        )
    return name
