"""What a run was asked for, and which of four kinds of data it is about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deployments.messages.embedder import QualityGate
from evaluation.calibration.findings import Kind
from evaluation.calibration.listed_pairs import is_lfw
from evaluation.calibration.samples import Unusable

_ALL_WITH_ALL: Final = "is told only where every two photos of a folder are compared."
_SCORES: Final = "is of no use: scores have no photos."
REFUSED: Final[dict[Kind, dict[str, str]]] = {
    "folder": {"photos": "is where the photos of a list of pairs lie."},
    "pairs": {"groups": _ALL_WITH_ALL, "index": _ALL_WITH_ALL},
    "collection": {
        "photos": "is where the photos of a list of pairs lie.",
        "groups": _ALL_WITH_ALL,
    },
    "scores": {
        "photos": "is where the photos of a list of pairs lie.",
        **dict.fromkeys(
            ("groups", "sensitivity", "index", "pack", "quality", "threads", "cache", "no_cache"),
            _SCORES,
        ),
    },
}
"""The options that would change nothing about data of a kind, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of a run; `sensitivity` photos are damaged, and without a `cache` none is kept.

    `source` is a folder of photos, or a file that lists pairs or scores; where a `collection` is
    named it is None, and `held_out` is the folder. The photos of pairs lie below `photos`. With
    `index` it is measured whom a search misses. `named` are the options that somebody
    wrote, whatever their value.
    """

    source: Path | None
    photos: Path | None
    collection: str | None
    held_out: Path | None
    groups: Path | None
    quality: QualityGate
    sensitivity: int
    index: bool
    seed: int
    resamples: int
    cache: Path | None
    named: frozenset[str]

    @property
    def kind(self) -> Kind:
        """Return what the data are, which a file's first line tells; Unusable, OSError."""
        kind = self._kind()
        for option, why in REFUSED[kind].items():
            if option in self.named:
                raise Unusable(f"--{option.replace('_', '-')} {why}")
        return kind

    def _kind(self) -> Kind:
        if self.source is None:
            self._require_collection()
            return "collection"
        if self.collection is not None or self.held_out is not None:
            raise Unusable("Name either a source or, with --held-out, a --collection.")
        return _kind_of(self.source)

    @property
    def name(self) -> str:
        """What the data are called: by their folder, their file or their collection."""
        return self.collection or (self.source or Path()).resolve().name

    def _require_collection(self) -> None:
        if self.collection is None:
            raise Unusable("Name photos, pairs or scores to calibrate with, or a --collection.")
        if self.held_out is None:
            raise Unusable("A --collection needs --held-out: photos that are not enrolled in it.")


def _kind_of(source: Path) -> Kind:
    if source.is_dir():
        return "folder"
    if is_lfw(source):
        return "pairs"
    with source.open(encoding="utf-8-sig", errors="replace") as file:
        columns = {column.strip().strip('"') for column in file.readline().split(",")}
    return "scores" if "score" in columns else "pairs"
