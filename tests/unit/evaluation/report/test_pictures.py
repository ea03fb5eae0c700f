"""Pictures put values where their axes say, and lose none of them."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist
from xml.etree.ElementTree import Element, fromstring

import pytest

from evaluation.calibration.findings import CurvePoint, GallerySize, Histogram
from evaluation.calibration.markup import Markup
from evaluation.calibration.pictures.axes import Axis, deviates, linear, places, rates, sizes
from evaluation.calibration.pictures.curves import det, roc
from evaluation.calibration.pictures.damage import damage
from evaluation.calibration.pictures.galleries import false_negatives, false_positives
from evaluation.calibration.pictures.groups import FALSE_MATCHES, FALSE_NON_MATCHES, forest
from evaluation.calibration.pictures.plot import Frame, Plot
from evaluation.calibration.pictures.scores import scores
from evaluation.calibration.pictures.strokes import STYLES, mark
from tests.unit.evaluation.report.examples import calibration, rate


def drawn(picture: Markup | None, kind: str) -> list[Element]:
    """Return the elements of a picture that have a class."""
    assert picture is not None
    tree = fromstring(picture)  # noqa: S314
    return [each for each in tree.iter() if kind in (each.get("class") or "").split()]


def labels(picture: Markup | None, kind: str = "tick") -> list[str]:
    """Return the words of a kind."""
    words = [(each.text or "") for each in drawn(picture, kind)]
    return [each.replace("\N{NO-BREAK SPACE}", " ") for each in words]


def gaps(axis: Axis, values: Sequence[float]) -> list[float]:
    """Return how far apart neighbouring values lie."""
    at = [axis.place(value) for value in values]
    return [round(after - before, 9) for before, after in itertools.pairwise(at)]


def test_deviates_make_tails_of_normal_scores_straight() -> None:
    """Equal steps of a normal score are equally long."""
    normal = NormalDist()
    axis = deviates("FMR", [1e-4])

    assert (
        len(set(gaps(axis, [normal.cdf(score) for score in (-3, -2.5, -2, -1.5, -1, -0.5)]))) == 1
    )


def test_a_logarithm_makes_decades_equal() -> None:
    """Each decade is as long as the next."""
    assert len(set(gaps(rates("FMR", [1e-5]), [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]))) == 1


@pytest.mark.parametrize("axis", [rates("FMR", [0.02, 0.0]), deviates("FMR", [0.02, 0.0])])
def test_zero_has_a_strip_of_its_own(axis: Axis) -> None:
    """No error seen lies apart from the smallest rate that a scale shows."""
    assert axis.place(0.0) == 0.0
    assert axis.place(1e-9) == axis.strip > 0
    assert axis.ticks[0][0] == 0.0


@pytest.mark.parametrize("values", [[], [0.0], [0.5], [1e-30]])
def test_axes_of_odd_rates_have_a_length(values: list[float]) -> None:
    """Whatever was measured, an axis goes from less to more."""
    assert 0 < rates("FMR", values).low < 1
    assert 0 < deviates("FMR", values).low < 0.5


@pytest.mark.parametrize(("value", "place"), [(-5.0, 0.0), (0.5, 0.5), (7.0, 1.0)])
def test_what_lies_beyond_an_end_is_drawn_at_it(value: float, place: float) -> None:
    """Nothing is drawn outside of the frame."""
    assert linear("share", 0.0, 1.0, ()).place(value) == place


def test_one_size_alone_lies_in_the_middle() -> None:
    """A single gallery makes no empty axis."""
    axis = sizes("faces", [100])

    assert axis.place(100) == pytest.approx(0.5)
    assert [label for _, label in axis.ticks] == ["100"]


def test_things_stand_equally_far_apart() -> None:
    """An order is no scale."""
    assert len(set(gaps(places("level", ["1", "2", "8"]), [0, 1, 2]))) == 1


def test_labels_do_not_run_into_each_other() -> None:
    """Where there is no room a label is left out, and its line is not."""
    ticks = [(step / 100, f"{step} of a hundred") for step in range(101)]
    picture = Plot("many", linear("x", 0, 1, ticks), linear("y", 0, 1, ())).svg()

    assert len(drawn(picture, "grid")) == 101
    assert len(labels(picture)) < 8


def test_words_at_the_right_edge_stay_within() -> None:
    """Words that would leave the picture end at their point."""
    plot = Plot("words", linear("x", 0, 1, ()), linear("y", 0, 1, ()))
    plot.words(0.0, 0.5, "a long remark")
    plot.words(1.0, 0.5, "a long remark")

    assert ["end" in (each.get("class") or "") for each in drawn(plot.svg(), "note")] == [
        False,
        True,
    ]


@pytest.mark.parametrize("style", STYLES)
def test_each_style_has_a_mark_of_its_own(style: str) -> None:
    """Nobody needs colours to tell series apart."""
    others = {mark(0, 0, other).replace(other, "") for other in STYLES if other != style}

    assert mark(0, 0, style).replace(style, "") not in others


def test_det_shows_the_curve_and_what_was_chosen() -> None:
    """Each supported target is marked with its name, with both intervals; refused ones are not."""
    whole = calibration()
    picture = det(whole.curve, whole.operating_points)

    assert len(drawn(picture, "bar")) == 4
    assert labels(picture, "note")[:2] == ["1 in 100", "1 in 1,000"]
    assert {"0 %", "0.1 %", "1 %", "10 %", "50 %"} <= set(labels(picture))


def test_roc_shows_the_curve_and_what_was_chosen() -> None:
    """FMR is on a logarithm, matches between the lowest tenth and all."""
    whole = calibration()
    picture = roc(whole.curve, whole.operating_points)

    assert len(drawn(picture, "bar")) == 4
    assert {"90 %", "98 %", "100 %", "0.01 %"} <= set(labels(picture))


def test_targets_at_one_place_are_named_together() -> None:
    """Where no error was seen two thresholds lie on each other, and both are to be read."""
    point = calibration().operating_points[0]
    picture = roc(calibration().curve, (point, replace(point, target_fmr=1e-3)))

    assert labels(picture, "note")[0] == "1 in 100, 1 in 1,000"


@pytest.mark.parametrize(("height", "above"), [(0.5, True), (1.0, False)])
def test_words_at_the_top_stay_within(height: float, above: bool) -> None:
    """Words stand above their point, and below it where the picture ends."""
    plot = Plot("words", linear("x", 0, 1, ()), linear("y", 0, 1, ()))
    plot.point(0.5, height, "first")
    plot.words(0.5, height, "remark")
    point, words = drawn(plot.svg(), "mark")[0], drawn(plot.svg(), "note")[0]

    assert (float(words.get("y", 0)) < float(point.get("cy", 0))) is above


@pytest.mark.parametrize("picture", [det, roc])
def test_a_pack_without_an_error_has_curves(picture: object) -> None:
    """Where one rate is always 0 the curve lies on the strips, and is there."""
    assert callable(picture)
    perfect = (CurvePoint(-1, 1.0, 0.0), CurvePoint(0.5, 0.0, 0.0), CurvePoint(1, 0.0, 1.0))

    assert len(drawn(picture(perfect, ()), "line")) == 3


def test_thresholds_are_marked_on_the_histogram() -> None:
    """A line for each supported target, words in rows so that neighbours do not meet."""
    whole = calibration()
    picture = scores(whole.histogram, whole.operating_points)
    heights = {each.get("y") for each in drawn(picture, "note")[:2]}

    assert len(drawn(picture, "rule")) == 2
    assert len(heights) == 2
    assert len(drawn(picture, "area")) == 2


def test_an_empty_histogram_is_a_picture() -> None:
    """Nothing compared is drawn as nothing."""
    assert labels(scores(Histogram((-1.0, 0.0, 1.0), (0, 0), (0, 0)), ()))


def test_measured_galleries_have_bars_and_predicted_ones_have_none() -> None:
    """A prediction claims no interval."""
    galleries = [each for each in calibration().galleries if each.threshold == 0.4106]
    picture = false_positives(galleries)

    assert len(drawn(picture, "bar")) == 3
    assert len(drawn(picture, "mark")) == 3 + 7 + 2


def test_what_the_index_misses_is_a_series_of_its_own() -> None:
    """Exact search and index are told apart by their marks."""
    galleries = [each for each in calibration().galleries if each.threshold == 0.4106]
    picture = false_negatives(galleries)

    assert labels(picture, "note") == ["exact search, with 95 %", "what the index adds"]
    assert len(drawn(picture, "third")) == 4


def test_the_index_alone_is_a_picture() -> None:
    """Where only the index was asked, only it stands in the key."""
    picture = false_negatives([GallerySize(0.4, 10, 0.1, 0.2, index_fnir=rate(1, 50))])

    assert labels(picture, "note") == ["what the index adds"]


def test_predictions_alone_make_no_picture_of_misses() -> None:
    """FNIR is never predicted."""
    assert false_negatives([GallerySize(0.4, 10, 0.1, 0.2)]) is None


def test_each_group_has_a_bar_for_each_rate_it_has() -> None:
    """A group without enough data keeps its place, empty."""
    groups = calibration().groups

    assert len(drawn(forest("FMR", groups, FALSE_MATCHES), "bar")) == 4
    assert len(drawn(forest("FNMR", groups, FALSE_NON_MATCHES), "bar")) == 2
    assert "harbour" in labels(forest("FMR", groups, FALSE_MATCHES))


def test_groups_without_rates_make_no_picture() -> None:
    """Three empty rows would look like three good groups."""
    assert forest("FMR", calibration().groups[2:], FALSE_MATCHES) is None


def test_a_long_name_is_shortened() -> None:
    """A name does not run into the picture."""
    group = replace(calibration().groups[0], name="a name without an end or a purpose")

    assert "a name without an\N{HORIZONTAL ELLIPSIS}" in labels(
        forest("FMR", [group], FALSE_MATCHES)
    )


def test_damage_is_drawn_level_by_level() -> None:
    """Both ways to fail have a mark at each level; failures of comparisons have an interval."""
    levels = [each for each in calibration().sensitivity if each.damage == "blurred"]
    picture = damage(levels)

    assert len(drawn(picture, "bar")) == 4
    assert len(drawn(picture, "mark")) == 2 * 4 + 2
    assert labels(picture, "title") == ["px", "Share that fails"]


def test_a_frame_bounds_its_picture() -> None:
    """A picture is as large as it was asked to be."""
    plot = Plot("small", linear("x", 0, 1, ()), linear("y", 0, 1, ()), Frame(width=340, height=250))

    assert fromstring(plot.svg()).get("viewBox") == "0 0 340 250"  # noqa: S314
