"""Whom it serves worse than others."""

from collections.abc import Iterator, Sequence

from evaluation.calibration.findings import Calibration, Disparity, Group
from evaluation.calibration.markup import Markup, element
from evaluation.calibration.page.parts import NOTHING, brief, figure, paragraph, section, table
from evaluation.calibration.pictures.groups import FALSE_MATCHES, FALSE_NON_MATCHES, forest
from evaluation.calibration.wording import cosine, count, number

_RATES = {"within": "FMR within", "fnmr": "FNMR", "failure_to_acquire": "FTA"}


def groups(calibration: Calibration) -> Markup:
    """Return the section of groups; nothing where no labels were given."""
    if not calibration.groups:
        return NOTHING
    attributes = dict.fromkeys(group.attribute for group in calibration.groups)
    return section(
        "groups",
        "Groups",
        paragraph(_threshold(calibration), " ", _WITHIN),
        *(part for attribute in attributes for part in _attribute(calibration, attribute)),
        _disparities(calibration.disparities),
        paragraph(_by_chance(calibration.groups)),
    )


def _threshold(calibration: Calibration) -> str:
    if calibration.group_threshold is None:
        return "All groups are judged at one threshold."
    return f"All groups are judged at one threshold, {cosine(calibration.group_threshold)}."


def _attribute(calibration: Calibration, attribute: str) -> Iterator[Markup]:
    chosen = [group for group in calibration.groups if group.attribute == attribute]
    yield element("h3", attribute)
    yield table(
        "Insufficient: too few people or comparisons to say anything.",
        ("Group", "People", "Photos", "FMR within", "FMR mixed", "FNMR", "FTA"),
        (_group(group) for group in chosen),
    )
    yield figure(forest("FMR", chosen, FALSE_MATCHES), element("b", "False matches."), _BARS)
    yield figure(forest("FNMR", chosen, FALSE_NON_MATCHES), element("b", "Failures."), _BARS)


def _group(group: Group) -> tuple[str, ...]:
    return (
        group.name,
        count(group.people),
        count(group.photos),
        brief(group.within),
        brief(group.mixed),
        brief(group.fnmr),
        brief(group.failure_to_acquire),
    )


def _disparities(disparities: Sequence[Disparity]) -> Markup:
    heads = ("Attribute", "Rate", "Threshold", "Worst", "Best", "Worst / best", "Worst / mean")
    caption = (
        "How much worse the worst group fares than the best, and than the geometric mean of all: "
        "1 is parity. Undefined: too few groups have enough data, or the best made no error."
    )
    return table(caption, heads, (_disparity(each) for each in disparities))


def _disparity(each: Disparity) -> tuple[str, ...]:
    return (
        each.attribute,
        _RATES[each.rate],
        cosine(each.threshold),
        each.worst,
        each.best,
        _ratio(each.ratio),
        _ratio(each.over_geometric_mean),
    )


def _ratio(ratio: float | None) -> str:
    return "undefined" if ratio is None else number(ratio)


def _by_chance(chosen: Sequence[Group]) -> str:
    rates = (each for group in chosen for each in (group.within, group.mixed, group.fnmr))
    told = sum(rate is not None for rate in rates) + len(chosen)
    return (
        f"{count(told)} intervals are told here, each missing the true rate once in twenty: about "
        f"{number(told / 20)} of them do so by chance. The worst of many groups looks worse than "
        "it is; a difference counts when it is found again on other people."
    )


_WITHIN = (
    "Within compares people of a group with each other, mixed with all others. People who are "
    "alike in age, sex and descent are mistaken for each other far more often than any two, and "
    "who tries another's name is seldom unlike them: within is the rate to be afraid of."
)
_BARS = (
    " Each bar is where the rate lies with 95 %. Bars that overlap do not tell groups apart; a bar "
    "from the left edge is a group in which no error was seen."
)
