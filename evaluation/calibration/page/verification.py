"""1:1: a threshold for each target, or its refusal, and both errors at every threshold."""

from collections.abc import Iterator, Sequence

from evaluation.calibration.findings import Calibration, OperatingPoint, Rate
from evaluation.calibration.markup import Markup, element
from evaluation.calibration.page.parts import (
    NOTHING,
    figure,
    items,
    measured,
    paragraph,
    section,
    table,
)
from evaluation.calibration.pictures.curves import det, roc
from evaluation.calibration.pictures.scores import scores
from evaluation.calibration.wording import cosine, count, errors, interval, one_in, percent

NOT_SUPPORTED = "not supported by this data"

_DASH = "\N{EN DASH}"
_INTERVALS = (
    "The first interval resamples people, for comparisons that share a person err together. The "
    "second takes every comparison for independent, which flatters."
)
_INDEPENDENT = (
    "Intervals take every comparison for independent, for nobody said whose they are. That "
    "flatters."
)


def verification(calibration: Calibration) -> Markup:
    """Return the section of single comparisons, of transactions, and of the curves."""
    points = calibration.operating_points
    return section(
        "verification",
        "1:1: thresholds for a stated error",
        _targets(points),
        paragraph(_INTERVALS if calibration.dataset.people else _INDEPENDENT),
        _transactions(points),
        _finer(calibration.finer_points),
        *_curves(calibration),
    )


def _targets(points: Sequence[OperatingPoint]) -> Markup:
    caption = "A threshold for each target FMR, measured on people it was not chosen on."
    heads = (
        "Target FMR",
        "Threshold",
        "FMR [95\N{NO-BREAK SPACE}%]",
        "FNMR [95\N{NO-BREAK SPACE}%]",
        "Remarks",
    )
    return table(caption, heads, (_target(point) for point in points))


def _target(point: OperatingPoint) -> tuple[str, ...]:
    if point.threshold is None:
        refusal = element("strong", NOT_SUPPORTED)
        return one_in(point.target_fmr), refusal, _DASH, _DASH, _reason(point)
    return (
        one_in(point.target_fmr),
        element("strong", cosine(point.threshold)),
        measured(point.fmr, "not measured"),
        measured(point.fnmr, "not measured"),
        items(*_remarks(point)),
    )


def _reason(point: OperatingPoint) -> str:
    return (point.refusal or "").removeprefix(f"{NOT_SUPPORTED}: ")


def _remarks(point: OperatingPoint) -> Iterator[str]:
    yield f"chosen on {count(point.chosen_on)} impostor comparisons"
    for name, rate in (("FMR", point.fmr), ("FNMR", point.fnmr)):
        if rate is not None and rate.few:
            yield f"{name}: under 30 errors ({count(rate.errors)})"
    if point.fmr is not None and point.fmr.high > point.target_fmr:
        yield "FMR: the interval reaches past the target"
    if point.refusal:
        yield point.refusal


def _finer(points: Sequence[OperatingPoint]) -> Markup:
    rows = (
        (one_in(point.target_fmr), cosine(point.threshold), _short(point.fmr), _short(point.fnmr))
        for point in points
        if point.threshold is not None
    )
    caption = (
        "Finer steps between the targets, as far as the data carry them: policies for galleries "
        "of any size choose among these."
    )
    return table(
        caption,
        ("Target FMR", "Threshold", "FMR [95\N{NO-BREAK SPACE}%]", "FNMR [95\N{NO-BREAK SPACE}%]"),
        rows,
    )


def _short(rate: Rate | None) -> str:
    return _DASH if rate is None else f"{percent(rate.value)} {interval(rate)}, {errors(rate)}"


def _transactions(points: Sequence[OperatingPoint]) -> Markup:
    rows = (
        (
            one_in(point.target_fmr),
            count(each.attempts),
            percent(each.far),
            percent(each.frr),
        )
        for point in points
        for each in point.transactions
    )
    caption = (
        "What a person sees who may try again. FAR takes impostors to have new luck each time; "
        "FRR counts photos that cannot be acquired, and takes failures to be of one photo and not "
        "of the person. Both are computed from the rates above, and not measured: where no error "
        "was seen they say 0, and know no more than the upper end of that rate."
    )
    return table(caption, ("Target FMR", "Attempts", "FAR", "FRR"), rows)


def _curves(calibration: Calibration) -> Iterator[Markup]:
    if not calibration.curve:
        yield NOTHING
        return
    points = calibration.operating_points
    yield figure(det(calibration.curve, points), *_DET)
    yield figure(roc(calibration.curve, points), *_ROC)
    yield figure(scores(calibration.histogram, points), *_SCORES)


_DET = (
    element("b", "DET."),
    (
        " Both errors at every threshold, on the half of the people that chose nothing; nearer to "
        "the lower left is better. Axes are normal deviates, on which scores of two normal "
        "distributions give a straight line. The strip at 0 holds thresholds at which no error was "
        "seen, which is not the same as an error of zero."
    ),
)
_ROC = (
    element("b", "ROC."),
    (
        " The same, as the share of a person's own comparisons that match; nearer to the upper "
        "left is better. Further left the curve rests on ever fewer errors."
    ),
)
_SCORES = (
    element("b", "Similarities."),
    (
        " How often each similarity came up, as a share of its kind on a logarithmic axis; what "
        "overlaps is what a threshold gets wrong. Upright lines are thresholds, by their targets."
    ),
)
