"""What may be claimed, and what may not, in words for whoever signs for it."""

from collections.abc import Iterator
from math import floor

from evaluation.calibration.findings import Calibration, OperatingPoint, Rate
from evaluation.calibration.markup import Markup, element
from evaluation.calibration.page.parts import paragraph, section
from evaluation.calibration.page.warnings import before_signing
from evaluation.calibration.wording import cosine, count, errors, listed, one_in, percent


def claims(calibration: Calibration) -> Markup:
    """Return the first section: the claim, what is refused, and what to know before signing."""
    supported = [point for point in calibration.operating_points if point.supported]
    kept = [point for point in supported if point.fmr and point.fmr.high <= point.target_fmr]
    strongest = min(kept or supported, key=lambda point: point.target_fmr, default=None)
    return section(
        "claims",
        "What may be claimed",
        _lead(*_claim(calibration, strongest)),
        paragraph(" ".join(_gallery(calibration, strongest))),
        paragraph(" ".join(_limits(calibration))),
        before_signing(calibration, strongest),
    )


def _lead(first: str, *rest: str) -> Markup:
    return paragraph(element("strong", first), " ", " ".join(rest), kind="lead")


def _claim(calibration: Calibration, point: OperatingPoint | None) -> Iterator[str]:
    whose = _whose(calibration)
    if point is None:
        yield f"{whose} carry no claim: no target has a threshold."
    else:
        yield f"{whose} carry the claim of {_claimed(point)}, and none stronger."
        yield from _evidence(point)
    yield from _refused(calibration, point)


def _whose(calibration: Calibration) -> str:
    people = calibration.dataset.people
    return f"These {count(people)} people" if people else "These comparisons"


def _claimed(point: OperatingPoint) -> str:
    """Return the target, or the upper end of the FMR where that is past it."""
    claimed = max(point.target_fmr, point.fmr.high if point.fmr else 0.0)
    return f"1 false match in {count(floor(1 / claimed))} comparisons"


def _evidence(point: OperatingPoint) -> Iterator[str]:
    if point.threshold is None or point.fmr is None or point.fnmr is None:
        return
    yield f"At a threshold of {cosine(point.threshold)}, {_of(point.fmr, 'two people')} matched,"
    yield f"so that the false match rate lies between {_ends(point.fmr)};"
    yield f"{_of(point.fnmr, 'one person')} failed, and the false non-match rate lies between"
    yield f"{_ends(point.fnmr)} (95 %, as all intervals here)."


def _of(rate: Rate, whom: str) -> str:
    return f"{errors(rate)} comparisons of {whom}"


def _ends(rate: Rate) -> str:
    return f"{percent(rate.low)} and {percent(rate.high)}"


def _refused(calibration: Calibration, point: OperatingPoint | None) -> Iterator[str]:
    refused = [each.target_fmr for each in calibration.operating_points if not each.supported]
    if not refused:
        return
    needed = listed([count(round(3 / target)) for target in refused])
    yield f"They do not carry {listed([one_in(target) for target in refused])}: even without one"
    yield f"error that takes {needed} comparisons of two people, in each of two halves that share"
    yield "nobody."
    if point is not None and point.fmr is not None:
        yield f"A half has {count(min(point.chosen_on, point.fmr.trials))} here."


def _gallery(calibration: Calibration, point: OperatingPoint | None) -> Iterator[str]:
    known = [
        f"{one_in(each.target_fpir)} searches {_up_to(each.size)}"
        for each in calibration.largest_galleries
        if point is not None and each.threshold == point.threshold
    ]
    if known:
        yield "Each face of a gallery is one more chance of a false match. At that threshold false"
        yield f"alarms stay within {listed(known)}."


def _up_to(size: int) -> str:
    if size == 1:
        return "with a single face"
    return f"up to {count(size)} faces" if size else "in no gallery at all"


def _limits(calibration: Calibration) -> Iterator[str]:
    machinery = calibration.machinery
    if machinery.pack_digest:
        yield f"All of it speaks of the pack {machinery.pack}, of pipeline {machinery.pipeline},"
        yield "and of people, cameras and light like those of these photos."
    else:
        yield "These are scores that came without photos: which pipeline made them is not known,"
        yield "and no policy can be bound to them."
    yield "It says nothing of twins and relatives, nor of printed photos, screens or masks held up"
    yield "to the camera: those are presentation attacks, measured apart (ISO/IEC 30107-3)."
