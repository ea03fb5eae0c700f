"""1:N: what a threshold does in a gallery of many faces."""

from collections.abc import Iterator, Sequence

from evaluation.calibration.findings import Calibration, GallerySize, Rate
from evaluation.calibration.markup import Markup, element, together
from evaluation.calibration.page.parts import NOTHING, figure, paragraph, section, table
from evaluation.calibration.pictures.galleries import false_negatives, false_positives
from evaluation.calibration.wording import cosine, count, interval, one_in, percent

_DASH = "\N{EN DASH}"


def identification(calibration: Calibration) -> Markup:
    """Return the section of searches; nothing where none was measured nor predicted."""
    if not calibration.galleries and not calibration.largest_galleries:
        return NOTHING
    thresholds = dict.fromkeys(gallery.threshold for gallery in calibration.galleries)
    return section(
        "identification",
        "1:N: errors that grow with the gallery",
        paragraph(
            "A search compares a face with all of a gallery, and each comparison is one more "
            "chance of a false match. FPIR is the share of searches for a stranger that find "
            "somebody, FNIR of searches for a member that do not find them."
        ),
        _not_searched(calibration),
        _largest(calibration),
        *(_at(calibration, threshold) for threshold in thresholds),
    )


def _not_searched(calibration: Calibration) -> Markup:
    if any(gallery.fpir is not None for gallery in calibration.galleries):
        return NOTHING
    return paragraph(
        "No search was made: FPIR is predicted from the FMR alone, and FNIR was not measured. Both "
        "are measured of the photos of a folder and of a collection, and not of pairs that are "
        "listed nor of scores."
    )


def _largest(calibration: Calibration) -> Markup:
    rows = (
        (cosine(each.threshold), one_in(each.target_fpir), count(each.size))
        for each in calibration.largest_galleries
    )
    caption = (
        "The largest gallery that keeps FPIR within a target, by the upper end of the FMR's "
        "interval; 0 means that none does."
    )
    return table(caption, ("Threshold", "Target FPIR", "Faces at most"), rows)


def _at(calibration: Calibration, threshold: float) -> Markup:
    galleries = [each for each in calibration.galleries if each.threshold == threshold]
    return together((element("h3", f"At a threshold of {cosine(threshold)}"), *_shown(galleries)))


def _shown(galleries: Sequence[GallerySize]) -> Iterator[Markup]:
    heads = (
        "Faces",
        "FPIR predicted",
        "FPIR measured [95\N{NO-BREAK SPACE}%]",
        "Gap",
        "FNIR [95\N{NO-BREAK SPACE}%]",
        "Index adds",
        "FPIR at worst",
    )
    yield table(
        "FPIR predicted is 1 - (1 - FMR)^N, as if comparisons were independent. Measured is the "
        "mean over galleries of these people; a dash is what was not measured. The gap is measured "
        "over predicted. At worst is the prediction by the upper end of the FMR: sign for that, "
        "above all where no false match was seen and 0 is predicted. Intervals draw anew who "
        "searches, and not the gallery.",
        heads,
        (_gallery(each) for each in galleries),
    )
    yield figure(false_positives(galleries), *_FPIR)
    yield figure(false_negatives(galleries), *_FNIR)


def _gallery(gallery: GallerySize) -> tuple[str, ...]:
    return (
        count(gallery.size),
        percent(gallery.predicted_fpir),
        _rate(gallery.fpir),
        _gap(gallery),
        _rate(gallery.fnir),
        _rate(gallery.index_fnir),
        percent(gallery.highest_fpir),
    )


def _rate(rate: Rate | None) -> str:
    """Return a rate by its searches alone: as a mean over galleries it has no whole errors."""
    if rate is None:
        return _DASH
    searches = element("small", f"{count(rate.trials)} searches")
    where = element("span", interval(rate), class_="interval")
    return together((element("strong", percent(rate.value)), " ", where, searches))


def _gap(gallery: GallerySize) -> str:
    rate, predicted = gallery.fpir, gallery.predicted_fpir
    if rate is None:
        return _DASH
    within = "within" if rate.low <= predicted <= rate.high else "outside"
    times = f"{rate.value / predicted:.2f} times; " if predicted else ""
    return f"{times}prediction {within} the interval"


_FPIR = (
    element("b", "False positives."),
    (
        " Dots with bars were measured, squares on the dashed line are predicted and go on where "
        "nothing could be measured. Where the bars leave the line, do not trust it further out."
    ),
)
_FNIR = (
    element("b", "False negatives."),
    (
        " How many members are not found. What the index adds is missed by the approximate search "
        "that serves although exact search finds it."
    ),
)
