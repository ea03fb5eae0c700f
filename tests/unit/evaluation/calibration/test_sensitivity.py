"""Damage: chosen photos are made worse, go the way of any other, and are counted by person."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deployments.errors import UndecodableImage
from deployments.vision.decoder import Decoder
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline
from evaluation.calibration import damage_trials
from evaluation.calibration.acquisition import Acquired, Acquirer, acquire
from evaluation.calibration.cache import Cache, Outcome
from evaluation.calibration.damage_trials import (
    SIDE,
    Damaged,
    Look,
    Probe,
    chosen,
    damaged,
    opener,
)
from evaluation.calibration.damages import DAMAGES, NOTHING
from evaluation.calibration.findings import Sensitivity
from evaluation.calibration.samples import Sample, in_folder
from evaluation.calibration.sensitivity import sensitivities
from evaluation.calibration.templates import Templates
from tests.unit.vision.photographs import empty, jpeg

MOST_PIXELS = 4_000_000
ADA, BOB = np.eye(2, dtype=np.float32)
TEMPLATES = Templates(
    ("ada", "ada", "ada", "bob"), ("1", "2", "1", "3"), np.array([ADA, ADA, ADA, BOB], np.float32)
)


def sample(person: str, name: str = "1.jpg") -> Sample:
    """Return a sample that is on no disk."""
    return Sample(person, Path(name))


def counted(
    trials: Sequence[Damaged],
    probes: Sequence[Probe],
    threshold: float = 0.5,
    templates: Templates = TEMPLATES,
    people: Collection[str] | None = None,
) -> tuple[Sensitivity, ...]:
    """Count what became of probes among some people, or else among all."""
    among = templates.people if people is None else people
    return sensitivities(trials, probes, templates, among, threshold, resamples=1000, seed=0)


@pytest.fixture
def look() -> Iterator[Look]:
    """Yield what opens photos, with its process."""
    with closing(Decoder(max_pixels=MOST_PIXELS, seconds=5)) as decoder:
        yield opener(decoder, MOST_PIXELS)


@pytest.fixture(scope="session")
def acquirer(default_pack: Pack) -> Acquirer:
    """Return what acquires photos by the default pack."""
    pipeline = Pipeline(default_pack, device="cpu", max_pixels=MOST_PIXELS)
    return Acquirer(pipeline.analyse, "standard", Cache(None, "0" * 64), 10**7)


@pytest.fixture
def acquired(acquirer: Acquirer, family: Path) -> tuple[list[Sample], Acquired]:
    """Return two photos of each of two people, and their templates."""
    samples = in_folder(family)
    return samples, acquire(samples, acquirer, 128)


def test_photos_are_chosen_of_as_many_people_as_can_be() -> None:
    """Only of people who have another photo; the same seed chooses the same."""
    people = ("ada", "ada", "ada", "bob", "bob", "eve")
    samples = [sample(person, f"{at}.jpg") for at, person in enumerate(people)]
    templates = Templates(people, tuple("123456"), np.zeros((6, 2), np.float32))
    positions = np.arange(6)
    assert {each.sample.person for each in chosen(samples, positions, templates, people, 2, 0)} == {
        "ada",
        "bob",
    }
    everybody = chosen(samples, positions, templates, people, 9, 0)
    assert sorted(each.place for each in everybody) == [0, 1, 2, 3, 4]
    assert everybody == chosen(samples, positions, templates, people, 9, 0)
    assert everybody != chosen(samples, positions, templates, people, 9, 1)


def test_who_chose_the_threshold_is_not_chosen() -> None:
    """A threshold is not tried on those it was chosen on: neither as probes nor as impostors."""
    samples = [sample(person) for person in TEMPLATES.people]
    (one, other, third) = chosen(samples, np.arange(4), TEMPLATES, ["ada"], 9, 0)
    assert {each.sample.person for each in (one, other, third)} == {"ada"}
    assert chosen(samples, np.arange(4), TEMPLATES, ["bob"], 9, 0) == ()
    trial = Damaged(NOTHING, 0, (Outcome(ADA),))
    (found,) = counted([trial], [Probe(sample("ada"), 0)], people=["ada"])
    assert (found.fnmr.trials, found.fmr.trials) == (1, 0)


def test_a_photo_without_a_template_or_twin_of_itself_is_not_chosen() -> None:
    """One that was not acquired cannot be made worse, and two copies are one photo."""
    samples = [sample("ada"), sample("ada"), sample("bob"), sample("bob")]
    templates = Templates(("ada", "bob", "bob"), ("1", "2", "2"), np.zeros((3, 2), np.float32))
    assert chosen(samples, np.array([0, -1, 1, 2]), templates, ("ada", "bob"), 9, 0) == ()


def test_nothing_chosen_is_nothing_damaged(acquirer: Acquirer, look: Look) -> None:
    """The figures are then empty, and no error."""
    assert damaged((), acquirer, look) == ()
    assert counted((), ()) == ()


def test_comparisons_are_counted_at_the_threshold() -> None:
    """A copy of the probe's photo is no other photo, and what was not acquired is not compared."""
    probes = (Probe(sample("ada"), 0), Probe(sample("bob"), 3))
    trial = Damaged(NOTHING, 0, (Outcome(np.array([0.6, 0.8], np.float32)), Outcome(None, "x")))
    (found,) = counted([trial], probes, 0.7)
    assert (found.damage, found.level, found.threshold) == ("nothing", 0, 0.7)
    rates = [(rate.errors, rate.trials) for rate in (found.not_acquired, found.fnmr, found.fmr)]
    assert rates == [(1, 2), (1, 1), (1, 1)]


def test_a_threshold_that_is_just_reached_is_a_match() -> None:
    """As everywhere in the service."""
    probes = (Probe(sample("ada"), 0),)
    trial = Damaged(NOTHING, 0, (Outcome(ADA),))
    (found,) = counted([trial], probes, 1.0)
    assert (found.fnmr.errors, found.fmr.errors) == (0, 0)


def test_no_error_in_few_trials_says_little() -> None:
    """The upper end is three over the trials or Wilson's, whichever is more; the rate is 0."""
    probes = (Probe(sample("ada"), 0),)
    trial = Damaged(NOTHING, 0, (Outcome(ADA),))
    (found,) = counted([trial], probes, 0.5)
    assert (found.fnmr.value, found.fnmr.low, found.fnmr.high) == (0.0, 0.0, 1.0)


def test_nothing_but_errors_in_few_trials_says_little() -> None:
    """Four photos that were all missed do not show that every photo would be."""
    probes = (Probe(sample("ada"), 0),) * 4
    trial = Damaged(NOTHING, 0, (Outcome(None, "no_face"),) * 4)
    (found,) = counted([trial], probes, 0.5)
    assert (found.not_acquired.value, found.not_acquired.high) == (1.0, 1.0)
    assert found.not_acquired.low == found.not_acquired.independent_low < 0.6


def test_without_trials_nothing_is_known() -> None:
    """A rate of none lies anywhere."""
    probes = (Probe(sample("ada"), 0),)
    trial = Damaged(NOTHING, 0, (Outcome(None, "no_face"),))
    (found,) = counted([trial], probes, 0.5)
    assert (found.fnmr.trials, found.fnmr.low, found.fnmr.high) == (0, 0.0, 1.0)


def test_people_are_drawn_and_not_comparisons() -> None:
    """Errors of one person come together, so the interval is wider than if each stood alone."""
    people = tuple(name for name in "abcdefghij" for _ in range(10))
    photos = tuple(str(at) for at in range(100))
    templates = Templates(people, photos, np.array([ADA] * 100, np.float32))
    probes = tuple(Probe(sample(person), at) for at, person in enumerate(people))
    outcomes = tuple(Outcome(BOB if person == "a" else ADA) for person in people)
    (found,) = counted([Damaged(NOTHING, 0, outcomes)], probes, 0.5, templates)
    assert (found.fnmr.errors, found.fnmr.trials) == (90, 900)
    assert found.fnmr.low == 0.0
    assert found.fnmr.high > 2 * found.fnmr.independent_high


def test_damage_does_harm(
    acquirer: Acquirer, acquired: tuple[list[Sample], Acquired], look: Look
) -> None:
    """Every kind and level has a row; undamaged photos match, and the worst are not even found."""
    samples, templates = acquired
    probes = chosen(
        samples, templates.positions, templates.templates, templates.templates.people, 1, 0
    )
    told: list[float] = []
    trials = damaged(probes, acquirer, look, told.append)
    found = counted(trials, probes, 0.3383, templates.templates)
    rows = {(row.damage, row.level): row for row in found}
    assert len(rows) == sum(len(each.levels) for each in DAMAGES)
    assert lost(rows["nothing", 0]) == 0
    assert lost(rows["shrunk", 12]) == 1
    assert lost(rows["compressed", 20]) <= lost(rows["compressed", 3])
    assert told == [1.0]


def lost(row: Sensitivity) -> int:
    """Return how many photos were not acquired or not matched."""
    return row.not_acquired.errors + row.fnmr.errors


def test_damaged_photos_may_be_of_any_size(
    acquirer: Acquirer,
    acquired: tuple[list[Sample], Acquired],
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are sent losslessly, which no camera does: the bound on bytes is not theirs."""
    monkeypatch.setattr(damage_trials, "DAMAGES", (NOTHING,))
    samples, templates = acquired
    probes = chosen(
        samples, templates.positions, templates.templates, templates.templates.people, 1, 0
    )
    (trial,) = damaged(probes, replace(acquirer, max_bytes=1000), look)
    assert trial.outcomes[0].vector is not None


def test_a_photo_that_lost_its_face_when_made_small_is_not_acquired(
    acquirer: Acquirer, look: Look, tmp_path: Path
) -> None:
    """Nobody can say where to damage it."""
    path = tmp_path / "wall_1.jpg"
    path.write_bytes(jpeg(empty()))
    trials = damaged((Probe(Sample("wall", path), 0),), acquirer, look)
    assert {each.outcomes for each in trials} == {(Outcome(None, "no_face"),)}


def test_large_photos_are_made_smaller_first(look: Look) -> None:
    """Damage is done to pixels one by one; a small photo stays as it is."""
    assert look(jpeg(empty(900, 2600))).shape == (443, SIDE, 3)
    assert look(jpeg(empty(64, 32))).shape == (64, 32, 3)


def test_what_does_not_decode_ends_the_study(look: Look) -> None:
    """It was decoded a moment ago."""
    with pytest.raises(UndecodableImage):
        look(jpeg(empty())[:300])
