"""report.html says what may be claimed, shows every figure, and reaches for nothing."""

import re
from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import chain
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from evaluation.calibration.findings import Calibration, LargestGallery, Rate
from evaluation.calibration.page.whole import page
from evaluation.calibration.wording import between, cosine, count, errors, one_in, percent
from tests.unit.evaluation.report.examples import HOSTILE, bare, calibration, hostile, rate

DIGEST = "sha256:0123456789abcdef"


class Words(HTMLParser):
    """Gathers what a reader sees, and what a browser might fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.text.append(data)


def parsed(whole: Calibration) -> Words:
    """Return what a parser of HTML makes of the page."""
    words = Words()
    words.feed(page(whole, DIGEST))
    words.close()
    return words


def text(whole: Calibration) -> str:
    """Return the words of the page, with single spaces between."""
    return re.sub(r"\s+", " ", " ".join(parsed(whole).text))


def rates(value: Any) -> list[Rate]:
    """Return all rates that findings hold, however deep."""
    if isinstance(value, Rate):
        return [value]
    if isinstance(value, tuple):
        return list(chain.from_iterable(map(rates, value)))
    if is_dataclass(value):
        return list(chain.from_iterable(rates(getattr(value, each.name)) for each in fields(value)))
    return []


def shown(figure: str) -> str:
    """Return a figure with the spaces that `text` has."""
    return figure.replace("\N{NO-BREAK SPACE}", " ")


RATES = list(dict.fromkeys(rates(calibration())))
TEXT = text(calibration())


@pytest.mark.parametrize("each", RATES, ids=errors)
def test_every_rate_is_shown(each: Rate) -> None:
    """Each rate stands there with its interval by people and with what was counted."""
    assert shown(percent(each.value)) in TEXT
    assert shown(between(each.low, each.high)) in TEXT
    assert errors(each) in TEXT or f"{count(each.trials)} searches" in TEXT


@pytest.mark.parametrize("point", calibration().operating_points, ids=lambda each: each.target_fmr)
def test_every_target_is_answered(point: Any) -> None:
    """A target has its threshold and both intervals, or the reason why it has none."""
    row = next(row for row in rows("verification") if row[0] == shown(one_in(point.target_fmr)))

    if point.supported:
        assert row[1] == cosine(point.threshold)
        assert shown(between(point.fmr.independent_low, point.fmr.independent_high)) in row[2]
        assert shown(between(point.fnmr.independent_low, point.fnmr.independent_high)) in row[3]
    else:
        assert row[1] == "not supported by this data"
        assert point.refusal.endswith(row[4])


def rows(section: str) -> list[list[str]]:
    """Return the cells of all tables in a section."""
    tree = fromstring(page(calibration(), DIGEST).partition("\n")[2])  # noqa: S314
    found = next(each for each in tree.iter("section") if each.get("id") == section)
    return [
        [shown(" ".join(cell.itertext())) for cell in row if cell.tag in {"th", "td"}]
        for row in found.iter("tr")
    ]


@pytest.mark.parametrize("each", [1, 3])
def test_transactions_are_shown(each: int) -> None:
    """FAR and FRR of one and of three attempts stand beside their target."""
    point = calibration().operating_points[1]
    tried = next(tries for tries in point.transactions if tries.attempts == each)

    expected = [one_in(1e-3), str(each), percent(tried.far), percent(tried.frr)]
    assert [shown(cell) for cell in expected] in rows("verification")


def test_few_errors_and_a_wide_interval_are_flagged() -> None:
    """Under thirty errors, or with an interval past the target, the row and the top say so."""
    row = next(row for row in rows("verification") if row[0] == "1 in 1,000")

    assert "FMR: under 30 errors (4)" in row[4]
    assert "past the target" in row[4]
    assert "The FMR rests on fewer than 30 errors (4)" in TEXT


def test_enough_errors_within_the_target_are_not_flagged() -> None:
    """A rate that is known well enough raises no doubt."""
    whole = calibration()
    good = replace(
        whole.operating_points[0], fmr=Rate(40, 9_000, 0.0044, 0.003, 0.006, 0.0033, 0.006)
    )
    words = text(replace(whole, operating_points=(good,)))

    assert "The FMR rests" not in words
    assert "past the target" not in words


def test_the_page_begins_with_the_claim() -> None:
    """The first sentence says the strongest claim, the next ones what is not claimed.

    No target is kept by the upper end of its FMR here, so that end is what is claimed.
    """
    start = TEXT.index("What may be claimed")

    assert TEXT[start:].startswith(
        "What may be claimed These 102 people carry the claim of 1 false match in 308 "
        "comparisons, and none stronger. At a threshold of 0.4106, 4 of 5,100 comparisons"
    )
    assert "They do not carry 1 in 10,000, 1 in 100,000 and 1 in 1,000,000" in TEXT
    assert "takes 30,000, 300,000 and 3,000,000 comparisons of two people" in TEXT
    assert (
        "alarms stay within 1 in 10 searches up to 51 faces and 1 in 100 searches up to 4 faces."
        in TEXT
    )


def test_no_claim_is_said_first() -> None:
    """Where every target is refused the page begins with that."""
    words = text(bare())

    assert "These 102 people carry no claim: no target has a threshold." in words
    assert "No groups were told apart" in words


def test_everything_supported_refuses_nothing() -> None:
    """Where every target has a threshold no sentence says what is missing."""
    whole = calibration()
    words = text(replace(whole, operating_points=whole.operating_points[:2]))

    assert "They do not carry" not in words


def test_a_gallery_of_nobody_is_said() -> None:
    """A target that no gallery keeps within is no `up to 0 faces`."""
    largest = (LargestGallery(0.4106, 0.001, 0),)

    assert "1 in 1,000 searches in no gallery at all" in text(
        replace(calibration(), largest_galleries=largest)
    )


def test_scores_without_photos_bind_nothing() -> None:
    """Who brings scores alone reads that no policy can be made of them."""
    whole = calibration()
    scores = replace(
        whole,
        dataset=replace(whole.dataset, kind="scores", people=0, photos=0),
        machinery=replace(whole.machinery, pack_digest=""),
        acquisition=replace(
            whole.acquisition, failure_to_acquire=Rate(0, 0, 0.0, 0.0, 1.0, 0.0, 1.0)
        ),
    )
    words = text(scores)

    assert "These comparisons carry the claim" in words
    assert "no policy can be bound to them" in words
    assert "nothing to count" in words


def test_a_leak_is_said_before_anything_is_signed() -> None:
    """Shuffled names that still can be told mean that nothing holds."""
    whole = calibration()
    leaking = replace(whole, controls=replace(whole.controls, shuffled_eer=0.2))

    assert "something leaks" in text(leaking)
    assert "something leaks" not in TEXT


@pytest.mark.parametrize("each", calibration().galleries, ids=lambda each: each.size)
def test_galleries_are_shown(each: Any) -> None:
    """Predicted and measured stand in one row, with the gap between them."""
    predicted = shown(percent(each.predicted_fpir))
    row = next(row for row in rows("identification") if row[:2] == [count(each.size), predicted])

    if each.fpir is None:
        assert row[2:-1] == ["\N{EN DASH}"] * 4
    else:
        assert row[-1] == shown(percent(each.highest_fpir))
        assert row[3].startswith(f"{each.fpir.value / each.predicted_fpir:.2f} times")


def test_where_nobody_searched_the_report_says_so() -> None:
    """Predicted figures alone look like findings."""
    whole = calibration()
    predicted = tuple(replace(each, fpir=None, fnir=None) for each in whole.galleries)

    assert "No search was made" in text(replace(whole, galleries=predicted))
    assert "No search was made" not in TEXT


def test_a_prediction_outside_the_interval_is_told() -> None:
    """Where measured and predicted part, the gap says so; a prediction of 0 has no ratio."""
    whole = calibration()
    far = replace(whole.galleries[0], predicted_fpir=0.9)
    none = replace(whole.galleries[1], predicted_fpir=0.0, fpir=rate(0, 255))
    words = text(replace(whole, galleries=(far, none)))

    assert "prediction outside the interval" in words
    assert "prediction within the interval" in words


def test_groups_are_shown() -> None:
    """Small groups are insufficient, ratios stand there or are undefined, and chance is named."""
    found = rows("groups")

    assert [row[3:6] for row in found if row[0] == "harbour"] == [["insufficient"] * 3]
    assert ["site", "FMR within", "0.4106", "north", "south", "4.25", "2.062"] in found
    assert ["site", "FNMR", "0.4106", "south", "north", "undefined", "undefined"] in found
    assert "9 intervals are told here" in TEXT


def test_groups_at_an_unknown_threshold_are_shown() -> None:
    """The section says what it knows."""
    words = text(replace(calibration(), group_threshold=None))

    assert "All groups are judged at one threshold." in words


@pytest.mark.parametrize("heading", ["1:N:", "Groups", "Sensitivity to"])
def test_what_was_not_tried_has_no_section(heading: str) -> None:
    """An empty section would look like a result."""
    assert f" {heading}" in TEXT
    assert f" {heading}" not in text(bare())


@pytest.mark.parametrize(
    "fact",
    [
        "0.735 %",
        "no face",
        "photo of several faces",
        "49.7 %",
        "ada",
        "0.7123",
        "0.321 %",
        "2026-11-05T09:30:00+00:00",
        DIGEST,
        "ab12",
        "opencv_zoo",
        "sha256:65010034",
        "1-320-once",
        "cpu · A Processor 9000",
        "refuses no photo for its quality when it verifies or identifies",
        "onnxruntime on cpu",
        "1.30.0",
        "30c6ccb",
        "0.3500",
    ],
)
def test_provenance_and_controls_are_shown(fact: str) -> None:
    """Of what the page speaks, and whether it can be believed, stands in it."""
    assert fact in TEXT


def test_the_equal_error_rate_is_a_footnote() -> None:
    """Nothing leads to a figure that no service runs at."""
    assert TEXT.index("Footnote. The equal error rate") > TEXT.index("Method and terms")


@pytest.mark.parametrize(
    "whole", [calibration(), bare(), hostile()], ids=["all", "bare", "hostile"]
)
def test_the_page_needs_nothing_from_elsewhere(whole: Calibration) -> None:
    """No script, no image, no link, no address; its own policy would forbid them."""
    words = parsed(whole)

    assert words.tags.isdisjoint({"script", "img", "link", "iframe", "object", "form", "a"})
    assert {name for name, _ in words.attributes}.isdisjoint({"src", "href", "style", "onerror"})
    assert "://" not in page(whole, DIGEST)
    assert "url(" not in page(whole, DIGEST)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in words.attributes


@pytest.mark.parametrize(
    "whole", [calibration(), bare(), hostile()], ids=["all", "bare", "hostile"]
)
def test_the_page_is_well_formed(whole: Calibration) -> None:
    """A parser of XML reads all of it, and every picture has a name for whoever hears it."""
    tree = fromstring(page(whole, DIGEST).partition("\n")[2])  # noqa: S314

    assert all(picture.get("aria-label") for picture in tree.iter("svg"))


def test_no_name_is_markup() -> None:
    """Names of people, groups, damages and data are text wherever they stand."""
    assert HOSTILE not in page(hostile(), DIGEST)
    assert "<img" not in page(hostile(), DIGEST)
    assert text(hostile()).count(HOSTILE) > 10


def test_both_colour_schemes_and_paper_are_styled() -> None:
    """The page is read on dark screens and printed."""
    assert "prefers-color-scheme: dark" in page(bare(), DIGEST)
    assert "@media print" in page(bare(), DIGEST)


def test_scores_without_people_do_not_claim_what_was_not_done() -> None:
    """No photo went through a pipeline, and no person was drawn."""
    whole = calibration()
    scores = replace(whole, dataset=replace(whole.dataset, kind="scores", people=0))
    words = text(scores)

    assert "Nobody said whose comparisons these are" in words
    assert "Photos went through the pipeline" not in words
    assert "resample people" not in words
    assert "resample people" in TEXT


def test_groups_and_failures_are_told_before_signing() -> None:
    """A group surely over the target, one of which little is known, and many photos lost."""
    whole = calibration()
    (north, *others), lost = whole.groups, rate(60, 408)
    worse = replace(north, within=rate(400, 4_100))
    words = text(
        replace(
            whole,
            groups=(worse, *others),
            acquisition=replace(whole.acquisition, failure_to_acquire=lost),
        )
    )
    doubts = words[words.index("Before you sign") : words.index("People, photos")]

    assert "Among north (site) the FMR is" in doubts
    assert "Of harbour too little is known" in doubts
    assert "of photos gave no template (FTA)" in doubts
