"""What the findings themselves say against being relied on."""

from collections.abc import Iterator, Sequence
from typing import Final

from evaluation.calibration.findings import Acquisition, Calibration, Group, OperatingPoint
from evaluation.calibration.markup import Markup, element, together
from evaluation.calibration.page.parts import NOTHING, items
from evaluation.calibration.wording import count, listed, percent

_MANY_FAILED: Final = 0.05
_LEAK: Final = 0.1
"""So far from a half the control of shuffled names may lie by chance."""


def before_signing(calibration: Calibration, point: OperatingPoint | None) -> Markup:
    """Return a list of doubts about the strongest claim and its data; nothing without any."""
    warnings = [*_of_rates(point), *_of_data(calibration, point)]
    if not warnings:
        return NOTHING
    return together((element("h3", "Before you sign"), items(*warnings)))


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
                f"The {name} rests on fewer than 30 errors ({count(rate.errors)}): rely on no more "
                "than the upper end of its interval."
            )


def _of_data(calibration: Calibration, point: OperatingPoint | None) -> Iterator[str]:
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
    if not calibration.dataset.people:
        yield "Nobody said whose comparisons these are: the intervals take them for independent."
    yield from _of_photos(calibration.acquisition)
    yield from _of_groups(calibration.groups, point)


def _of_photos(acquisition: Acquisition) -> Iterator[str]:
    for name, rate in (
        ("photos gave no template (FTA)", acquisition.failure_to_acquire),
        ("people had not one that did (FTE)", acquisition.failure_to_enrol),
    ):
        if rate.value > _MANY_FAILED:
            yield f"{percent(rate.value)} of {name}: the rates are of the others alone."


def _of_groups(groups: Sequence[Group], point: OperatingPoint | None) -> Iterator[str]:
    if not groups:
        yield "No groups were told apart: whom it serves worse than others is not known."
    insufficient = [each.name for each in groups if each.within is None or each.fnmr is None]
    if insufficient:
        yield f"Of {listed(insufficient)} too little is known to say how they fare."
    if point is None:
        return
    for each in groups:
        if each.within is not None and each.within.low > point.target_fmr:
            yield (
                f"Among {each.name} ({each.attribute}) the FMR is {percent(each.within.value)}, "
                f"and surely over the target of {percent(point.target_fmr)}."
            )
