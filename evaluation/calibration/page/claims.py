"""What may be claimed, and what may not, in words for whoever signs for it."""

from collections.abc import Iterator

from evaluation.calibration.findings import Calibration, OperatingPoint, Rate
from evaluation.calibration.markup import Markup, element
from evaluation.calibration.page.parts import items, paragraph, section
from evaluation.calibration.wording import (
    cosine,
    count,
    errors,
    interval,
    listed,
    one_in,
    percent,
)

_LEAK = 0.1
"""So far from a half the control of shuffled names may lie by chance."""


def claims(calibration: Calibration) -> Markup:
    """Return the first section: the claim, what is refused, and what to know before signing."""
    supported = [point for point in calibration.operating_points if point.supported]
    strongest = min(supported, key=lambda point: point.target_fmr, default=None)
    return section(
        "claims",
        "What may be claimed",
        paragraph(" ".join(_claim(calibration, strongest)), kind="lead"),
        paragraph(" ".join(_limits(calibration))),
        *_before_signing(calibration, strongest),
    )


def _claim(calibration: Calibration, point: OperatingPoint | None) -> Iterator[str]:
    people = count(calibration.dataset.people)
    if point is None:
        yield f"These {people} people carry no claim: no target has a threshold."
    else:
        yield f"These {people} people carry a claim of {one_in(point.target_fmr)}, and no stronger."
        yield from _evidence(point)
    yield from _refused(calibration)
    yield from _gallery(calibration, point)


def _evidence(point: OperatingPoint) -> Iterator[str]:
    if point.threshold is None or point.fmr is None or point.fnmr is None:
        return
    yield f"At a threshold of {cosine(point.threshold)}, {_of(point.fmr, 'two people')} matched:"
    yield f"the false match rate lies in {interval(point.fmr)}."
    yield f"There {_of(point.fnmr, 'one person')} failed: the false non-match rate lies in"
    yield f"{interval(point.fnmr)}, with 95 % confidence as all intervals here."


def _of(rate: Rate, whom: str) -> str:
    return f"{errors(rate)} comparisons of {whom}"


def _refused(calibration: Calibration) -> Iterator[str]:
    refused = [each.target_fmr for each in calibration.operating_points if not each.supported]
    if not refused:
        return
    needed = listed([count(round(3 / target)) for target in refused])
    yield f"The data do not carry {listed([one_in(target) for target in refused])}:"
    yield f"even without one error that takes at least {needed} independent comparisons of"
    yield f"two people. Here are {count(calibration.dataset.impostor_comparisons)} in all; they"
    yield "share people, and so count for fewer."


def _gallery(calibration: Calibration, point: OperatingPoint | None) -> Iterator[str]:
    for each in calibration.largest_galleries:
        if point is not None and each.threshold == point.threshold:
            yield f"A search at that threshold keeps false alarms at {one_in(each.target_fpir)}"
            yield f"in galleries of at most {count(each.size)} faces."


def _limits(calibration: Calibration) -> Iterator[str]:
    machinery = calibration.machinery
    yield f"All of it speaks of the pack {machinery.pack}, of pipeline {machinery.pipeline},"
    yield "and of people, cameras and light like those of these photos. It says nothing of twins"
    yield "and relatives, nor of printed photos, screens or masks held up to the camera: those are"
    yield "presentation attacks, measured apart (ISO/IEC 30107-3)."


def _before_signing(calibration: Calibration, point: OperatingPoint | None) -> Iterator[Markup]:
    warnings = [*_of_rates(point), *_of_data(calibration)]
    if warnings:
        yield element("h3", "Before you sign")
        yield items(*warnings)


def _of_rates(point: OperatingPoint | None) -> Iterator[str]:
    if point is None or point.fmr is None or point.fnmr is None:
        return
    if point.fmr.high > point.target_fmr:
        yield (
            f"The interval of the FMR reaches {percent(point.fmr.high)}, past the target of "
            f"{percent(point.target_fmr)}: state its upper end, not the target."
        )
    for name, rate in (("FMR", point.fmr), ("FNMR", point.fnmr)):
        if rate.few:
            yield (
                f"The {name} rests on {count(rate.errors)} errors, fewer than 30: "
                "only the upper end of its interval can be relied on."
            )


def _of_data(calibration: Calibration) -> Iterator[str]:
    controls = calibration.controls
    if abs(controls.shuffled_eer - 0.5) > _LEAK:
        yield (
            f"With names shuffled the equal error rate is {percent(controls.shuffled_eer)} and not "
            "about 50 %: something leaks, and nothing here holds until it is found."
        )
    if controls.shared_photos:
        yield f"Photos that two people shared were left out: {count(controls.shared_photos)}."
    if controls.suspects:
        yield "Some names may be wrong: look at the pairs under Controls before anything else."
    if not calibration.groups:
        yield "No groups were told apart: whom it serves worse than others is not known."
