"""What a run was asked for, and which of four kinds of data it is about."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deployments.messages import QualityGate
from evaluation.calibration.listed_pairs import is_lfw
from evaluation.calibration.samples import Unusable

Kind = Literal["folder", "pairs", "collection", "scores"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of a run; `sensitivity` photos are damaged, and without a `cache` none is kept.

    `source` is a folder of photos, or a file that lists pairs or scores; where a `collection` is
    named it is None, and `held_out` is the folder. The photos of pairs lie below `photos`. With
    `index` it is measured what the vector index misses.
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

    @property
    def kind(self) -> Kind:
        """Return what the data are, which a file's first line tells; Unusable, OSError."""
        if self.source is None:
            self._require_collection()
            return "collection"
        if self.collection is not None or self.held_out is not None:
            raise Unusable("Name either a source or, with --held-out, a --collection.")
        kind = _kind_of(self.source)
        if self.photos is not None and kind != "pairs":
            raise Unusable("--photos is where the photos of a list of pairs lie.")
        if kind == "scores" and (self.groups is not None or self.sensitivity):
            raise Unusable("Scores have no photos: neither --groups nor --sensitivity is possible.")
        return kind

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
