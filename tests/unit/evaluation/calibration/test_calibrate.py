"""From templates to claims, and to what a policy keeps of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from evaluation.calibration import material, population
from evaluation.calibration.calibrate import calibrate, calibrate_scores
from evaluation.calibration.evidence import evidence_of
from evaluation.calibration.findings import Calibration, Sensitivity
from evaluation.calibration.halves import halves
from evaluation.calibration.material import TooLittle
from evaluation.calibration.resampling import rate
from evaluation.calibration.templates import Failure, Pairs, Templates
from tests.unit.evaluation.calibration.crowd import MACHINERY, Crowd, digest

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CROWD = Crowd(people=102, photos=2, dimensions=128)
FAILURES = (
    Failure("p0000", digest("x"), "low_quality"),
    Failure("nobody", digest("y"), "no_face"),
    Failure("nobody", digest("z"), "no_face"),
)


def calibrated(templates: Templates | None = None, **options: object) -> Calibration:
    """Calibrate the crowd, or other templates."""
    found = CROWD.templates(FAILURES) if templates is None else templates
    return calibrate(found, MACHINERY, "folder", "crowd", created_at=NOW, resamples=200, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> Calibration:
    """Return the calibration of 102 people with two photos each."""
    return calibrated()


def test_102_people_with_two_photos_carry_a_thousandth_and_no_more(found: Calibration) -> None:
    """5,100 impostor comparisons a half; the other targets are refused with the reason."""
    supported = {each.target_fmr: each.supported for each in found.operating_points}
    refused = [each for each in found.operating_points if not each.supported]

    assert supported == {1e-2: True, 1e-3: True, 1e-4: False, 1e-5: False, 1e-6: False}
    assert all("impostor comparisons are needed" in (each.refusal or "") for each in refused)
    assert all((each.threshold, each.fmr, each.fnmr) == (None, None, None) for each in refused)
    assert (found.dataset.impostor_comparisons, found.dataset.genuine_comparisons) == (20_604, 102)


def test_thresholds_are_chosen_on_people_that_they_are_not_tried_on(found: Calibration) -> None:
    """Each half has its own 51 people, and so 5,100 impostor comparisons."""
    (first, *_) = found.operating_points

    assert first.fmr is not None
    assert (first.chosen_on, first.fmr.trials) == (5100, 5100)
    assert first.fnmr is not None
    assert first.fnmr.trials == 51


def test_what_could_not_be_acquired_comes_first(found: Calibration) -> None:
    """Three photos of 207, and one person of 103 who has no template at all."""
    acquisition = found.acquisition

    assert (acquisition.failure_to_acquire.errors, acquisition.failure_to_acquire.trials) == (
        3,
        207,
    )
    assert (acquisition.failure_to_enrol.errors, acquisition.failure_to_enrol.trials) == (1, 103)
    assert dict(acquisition.reasons) == {"no_face": 2, "low_quality": 1}
    assert (found.dataset.people, found.dataset.photos) == (103, 207)


def test_the_same_templates_give_the_same_findings(found: Calibration) -> None:
    """In whatever order they come."""
    templates = CROWD.templates(FAILURES)
    order = np.argsort(templates.photos)
    mixed = Templates(
        tuple(templates.people[at] for at in order),
        tuple(templates.photos[at] for at in order),
        templates.vectors[order],
        FAILURES[::-1],
    )

    assert calibrated(mixed).dataset.digest == found.dataset.digest
    assert calibrated(mixed).operating_points == found.operating_points
    assert calibrated() == found


def test_the_curve_and_the_histogram_are_of_the_people_it_was_tried_on(found: Calibration) -> None:
    """All their comparisons, and no other."""
    assert (sum(found.histogram.impostor), sum(found.histogram.genuine)) == (5100, 51)
    assert len(found.histogram.edges) == len(found.histogram.genuine) + 1 == 101
    assert found.controls.shuffled_eer == pytest.approx(0.5, abs=0.06)


def test_galleries_are_measured_up_to_the_people_there_are(found: Calibration) -> None:
    """Fifty others at most, and predicted beyond."""
    assert max(each.size for each in found.galleries if each.fpir) == 50
    assert max(each.size for each in found.galleries) == 5_000_000


def test_a_policy_keeps_what_is_supported(found: Calibration) -> None:
    """With the threshold, the errors seen, and the upper end of their rate."""
    evidence = evidence_of(found, "sha256:0")
    strictest = evidence.points[-1]
    (point,) = (each for each in evidence.points if each.target_fmr == 1e-3)
    (_, told, *_) = found.operating_points

    assert told.fmr is not None
    assert (point.threshold, point.fmr_upper_bound) == (told.threshold, told.fmr.high)
    assert (evidence.comparisons, evidence.people, evidence.dataset) == (5100, 103, "crowd")
    assert 3 / 5100 <= strictest.target_fmr <= 1e-3
    assert evidence.point(1e-4) is None
    assert evidence.speaks_of(MACHINERY.pack_digest, MACHINERY.pipeline)
    assert evidence.quality == MACHINERY.quality


def test_damage_is_tried_at_the_usual_threshold() -> None:
    """That of a thousandth, where the data carry it; and on the half that did not choose it."""
    asked = []
    tried_on: set[str] = set()

    def examine(threshold: float, people: Sequence[str]) -> tuple[Sensitivity, ...]:
        asked.append(threshold)
        tried_on.update(people)
        nothing = rate(0, 10, None)
        return (Sensitivity("blurred", "px", 1.0, threshold, nothing, nothing, nothing),)

    found = calibrated(sensitivity=examine)

    assert asked == [found.operating_points[1].threshold] == [found.group_threshold]
    assert found.sensitivity[0].damage == "blurred"
    assert tried_on == {f"p{each:04d}" for each in halves(CROWD.people, 0)[1].members}


def test_groups_are_told_where_people_have_labels() -> None:
    """Of the people that thresholds are tried on, each under its own name."""
    labels = {name: {"site": "a" if name < "p0051" else "b"} for name in CROWD.names()}
    found = calibrated(groups=labels)

    assert [each.name for each in found.groups] == ["a", "b"]
    assert sum(each.people for each in found.groups) == 102
    assert all(each.within is not None for each in found.groups)


def test_listed_pairs_alone_are_compared() -> None:
    """As LFW lists them, and never a photo with itself, nor anybody with the other half."""
    first = np.concatenate([np.arange(0, 204, 2), np.arange(0, 200), [7]])
    second = np.concatenate([np.arange(1, 204, 2), np.arange(4, 204), [7]])
    found = calibrated(pairs=Pairs(first, second))
    everything = found.dataset

    assert (everything.genuine_comparisons, everything.impostor_comparisons) == (102, 200)
    assert found.controls.duplicates == 1
    assert not any(each.supported for each in found.operating_points)
    assert all(each.fpir is None for each in found.galleries)


@pytest.mark.parametrize("kept", [slice(0), slice(40), slice(102, 140)])
def test_pairs_of_both_kinds_must_be_left(kept: slice) -> None:
    """Where all photos of a kind failed there is no rate to tell."""
    first = np.concatenate([np.arange(0, 204, 2), np.arange(0, 200)])
    second = np.concatenate([np.arange(1, 204, 2), np.arange(4, 204)])
    with pytest.raises(TooLittle):
        calibrated(pairs=Pairs(first[kept], second[kept]))


def test_without_any_template_there_are_no_pairs() -> None:
    """No photo of a list gave one."""
    nothing = np.empty(0, np.intp)
    with pytest.raises(TooLittle):
        calibrated(
            Templates((), (), np.empty((0, 4), np.float32), FAILURES), pairs=Pairs(nothing, nothing)
        )


def test_a_pair_that_is_listed_again_is_no_new_one() -> None:
    """In either order; else whoever lists a hundred pairs often enough has a million."""
    first = np.concatenate([np.arange(0, 204, 2), np.arange(0, 200)])
    second = np.concatenate([np.arange(1, 204, 2), np.arange(4, 204)])
    once = calibrated(pairs=Pairs(first, second))
    again = Pairs(np.concatenate([first, second, first]), np.concatenate([second, first, second]))
    often = calibrated(pairs=again)

    assert often.operating_points == once.operating_points
    assert often.dataset.impostor_comparisons == 200
    assert often.dataset.note == "604 of the pairs listed repeat others and are left out"


def test_more_photos_than_can_be_compared_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """By people, and said so."""
    monkeypatch.setattr(population, "MOST_PHOTOS", 100)
    found = calibrated()

    assert found.dataset.note == "a sample of 50 people, drawn by chance"
    assert found.dataset.genuine_comparisons == 50


@pytest.mark.parametrize("crowd", [replace(CROWD, people=19), replace(CROWD, photos=1)])
def test_too_little_is_refused(crowd: Crowd) -> None:
    """Nobody twice, or hardly anybody, with however many photos: there is no rate to be told."""
    with pytest.raises(TooLittle, match=r"10 people at least|two photos"):
        calibrated(crowd.templates())


@pytest.mark.parametrize("named", [True, False])
def test_scores_of_known_distribution(named: bool) -> None:
    """Evenly spread impostors have a threshold that is known to the last digit."""
    people = 200
    first, second = np.triu_indices(people, k=1)
    impostors = (np.random.default_rng(0).permutation(len(first)) + 0.5) / len(first)
    scores = np.concatenate([impostors, np.full(people, 0.995)])
    same = np.arange(len(scores)) >= len(first)
    names = [f"q{at:03d}" for at in range(people)]
    one = [names[at] for at in first] + names
    other = [names[at] for at in second] + names
    who = (one, other) if named else (None, None)
    found = calibrate_scores(scores, same, who[0], who[1], "even", created_at=NOW, resamples=300)
    (hundredth, thousandth, *rest) = found.operating_points

    assert hundredth.threshold == pytest.approx(0.99, abs=0.003)
    assert thousandth.threshold == pytest.approx(0.999, abs=0.001)
    assert hundredth.threshold is not None
    assert hundredth.fmr is not None
    assert hundredth.fmr.low < 1 - hundredth.threshold < hundredth.fmr.high
    assert hundredth.fnmr is not None
    assert (hundredth.fnmr.value, found.dataset.kind) == (0.0, "scores")
    assert not any(each.supported for each in rest)


def test_of_a_collection_only_who_was_held_out_could_fail() -> None:
    """What is enrolled stands behind the photos, and no photo of it was presented."""
    crowd, order = CROWD.templates(), [*range(0, 204, 2), *range(1, 204, 2)]
    people, photos = ([each[at] for at in order] for each in (crowd.people, crowd.photos))
    templates = Templates(tuple(people), tuple(photos), crowd.vectors[order], FAILURES)
    first, second = np.divmod(np.arange(102 * 102), 102)
    found = calibrate(
        templates,
        MACHINERY,
        "collection",
        "staff",
        created_at=NOW,
        pairs=Pairs(first, second + 102),
        resamples=100,
    )
    fta = found.acquisition.failure_to_acquire

    searched = [each for each in found.galleries if each.fpir is not None]

    assert (fta.errors, fta.trials) == (3, 105)
    assert max(each.size for each in searched) == 101
    assert {each.fpir.trials for each in searched if each.fpir} == {51}


def test_evidence_counts_the_comparisons_that_its_rates_are_of() -> None:
    """Halves of unequal size: the points' upper bounds are of the half that was tried."""
    crowd = CROWD.templates()
    many = [at for at, name in enumerate(crowd.people) if at % 2 == 0 or name < "p0060"]
    uneven = Templates(
        tuple(crowd.people[at] for at in many),
        tuple(crowd.photos[at] for at in many),
        crowd.vectors[many],
    )
    found = calibrated(uneven)
    point = found.finer_points[0]

    assert point.fmr is not None
    assert point.chosen_on != point.fmr.trials
    assert evidence_of(found, "sha256:0").comparisons == point.fmr.trials


def test_where_all_labels_are_wrong_little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of all impostors look like one person then: only the most alike are held one by one."""
    monkeypatch.setattr(material, "_MOST_KEPT", 100)
    names = tuple(np.random.default_rng(0).permutation(CROWD.names()))
    templates = replace(CROWD.templates(), people=names)
    people = np.unique(np.array(names), return_inverse=True)[1]
    used = material.of_all(templates.vectors, people, 0, 100, lambda _stage, _share: None)

    assert len(used.everything.impostors.scores) < 1000
    assert calibrated(templates).controls.suspects
