"""How 1:N errors grow with the gallery: measured, and as single comparisons would predict."""

from collections.abc import Iterator, Sequence
from typing import Final

from evaluation.calibration.findings import GallerySize, Rate
from evaluation.calibration.markup import Markup
from evaluation.calibration.pictures.axes import rates, sizes
from evaluation.calibration.pictures.plot import Plot

_FACES: Final = "Faces in the gallery"


def false_positives(galleries: Sequence[GallerySize]) -> Markup:
    """Return FPIR against gallery size at one threshold, beside its prediction."""
    ordered = sorted(galleries, key=lambda gallery: gallery.size)
    values = [
        *(gallery.predicted_fpir for gallery in ordered),
        *(gallery.highest_fpir for gallery in ordered),
        *(gallery.fpir.low for gallery in ordered if gallery.fpir),
    ]
    x = sizes(_FACES, (gallery.size for gallery in ordered))
    plot = Plot("FPIR against gallery size", x, rates("FPIR: strangers who are somebody", values))
    plot.line([(gallery.size, gallery.predicted_fpir) for gallery in ordered], "second")
    plot.line([(gallery.size, gallery.highest_fpir) for gallery in ordered], "third")
    for gallery in ordered:
        plot.point(gallery.size, gallery.predicted_fpir, "second")
    _mark(plot, [(gallery.size, gallery.fpir) for gallery in ordered if gallery.fpir], "first")
    return plot.svg(
        (
            ("first", "measured, with 95 %"),
            ("second", "predicted, 1 - (1 - FMR)^N"),
            ("third", "at worst"),
        )
    )


def false_negatives(galleries: Sequence[GallerySize]) -> Markup | None:
    """Return FNIR against gallery size at one threshold, and the index's; None if unmeasured."""
    ordered = sorted(galleries, key=lambda gallery: gallery.size)
    exact = [(gallery.size, gallery.fnir) for gallery in ordered if gallery.fnir]
    index = [(gallery.size, gallery.index_fnir) for gallery in ordered if gallery.index_fnir]
    if not exact and not index:
        return None
    x = sizes(_FACES, (gallery.size for gallery in ordered))
    values = (rate.low for _, rate in (*exact, *index))
    plot = Plot("FNIR against gallery size", x, rates("FNIR: members who are not found", values))
    _mark(plot, exact, "first")
    _mark(plot, index, "third")
    return plot.svg(tuple(_key(bool(exact), bool(index))))


def _key(exact: bool, index: bool) -> Iterator[tuple[str, str]]:
    if exact:
        yield "first", "exact search, with 95 %"
    if index:
        yield "third", "what the index adds"


def _mark(plot: Plot, measured: Sequence[tuple[int, Rate]], style: str) -> None:
    if len(measured) > 1:
        plot.line([(size, rate.value) for size, rate in measured], style)
    for size, rate in measured:
        plot.upright(size, rate.low, rate.high, style)
        plot.point(size, rate.value, style)
