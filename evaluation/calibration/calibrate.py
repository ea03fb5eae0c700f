"""The calibration itself: templates of people in, and what may be claimed of them out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from evaluation.calibration import controls, identification, material, thresholds
from evaluation.calibration.acquired import Taken, acquisition, taken
from evaluation.calibration.comparisons import GRID, STEPS, Counts, Scores
from evaluation.calibration.findings import (
    TARGETS,
    Acquisition,
    Calibration,
    Controls,
    Dataset,
    Group,
    Histogram,
    Kind,
    Machinery,
    OperatingPoint,
    Sensitivity,
)
from evaluation.calibration.groups import Tried, disparities, grouped
from evaluation.calibration.identification import Gallery, Index, Probes, Searches
from evaluation.calibration.labels import Labels
from evaluation.calibration.material import Material, Progress
from evaluation.calibration.population import Population, listed, population
from evaluation.calibration.templates import Pairs, Templates

_BIN = 200  # Steps of the grid: a bin of the histogram is 0.02 wide.
_GROUPS_AT = 1e-3

Examine = Callable[[float, Sequence[str]], tuple[Sensitivity, ...]]
"""Tries damaged photos at a threshold, of people who did not choose it."""

UNKNOWN = Machinery("unknown", "", "", 0, "", "", {}, "")
"""What made scores that came without photos."""


def silent(_stage: str, _share: float) -> None:
    """Tell nobody."""


def calibrate(
    templates: Templates,
    machinery: Machinery,
    kind: Kind,
    name: str,
    *,
    created_at: datetime,
    groups: Labels | None = None,
    pairs: Pairs | None = None,
    seed: int = 0,
    resamples: int = 1000,
    progress: Progress = silent,
    sensitivity: Examine | None = None,
    index: Index | None = None,
) -> Calibration:
    """Return what templates say of the pipeline that made them; raises TooLittle.

    Every two photos are compared, or with `pairs` those alone. `groups` labels people. With an
    `index` it is told what that adds to FNIR. The same templates and seed give the same findings.
    """
    progress("looking for copies", 0.0)
    if pairs is None:
        found = population(templates, seed)
        used = material.of_all(found.vectors, found.people, seed, resamples, progress)
    else:
        found, pairs = listed(templates, pairs)
        used = material.of_pairs(found, pairs, seed, resamples)
    progress("drawing people anew", 0.0)
    presented = templates if kind != "collection" or pairs is None else _held_out(templates, pairs)
    photos = taken(presented, resamples, seed)
    acquired = acquisition(presented, photos)
    points = _points(TARGETS, used, acquired.failure_to_acquire.value)
    threshold = _usual_threshold(points)
    labelled = () if threshold is None else _groups(found, used, photos, groups, threshold)
    examined: tuple[Sensitivity, ...] = ()
    if sensitivity is not None and threshold is not None and used.members is not None:
        progress("trying damaged photos", 0.0)
        examined = sensitivity(threshold, [found.names[each] for each in used.members])
    return _calibration(
        created_at,
        _dataset(_photos_digest(templates, pairs), templates, used, kind, name, found.note),
        machinery,
        acquired,
        Controls(
            controls.shuffled_eer(found.vectors, found.people, seed),
            found.duplicates,
            found.shared,
            controls.suspects(used.everything, found.names),
        ),
        points,
        used,
        searches=_searches(found, used, points, index, kind, pairs),
        groups=labelled,
        sensitivity=examined,
        threshold=threshold,
        drawn=(seed, resamples),
    )


def calibrate_scores(
    scores: Scores,
    same: NDArray[np.bool_],
    first: Sequence[str] | None,
    second: Sequence[str] | None,
    name: str,
    *,
    created_at: datetime,
    seed: int = 0,
    resamples: int = 1000,
) -> Calibration:
    """Return what scores say that somebody else computed: cosines, of shape (n,).

    `first` and `second` are the people of each comparison; without them comparisons count as
    independent, and intervals are as narrow as that makes them. Raises TooLittle.
    """
    if first is None or second is None:
        names: tuple[str, ...] = ()
        used = material.of_scores(scores, same, seed)
    else:
        known, both = np.unique(np.array([*first, *second]), return_inverse=True)
        names, people = tuple(map(str, known)), (both[: len(first)], both[len(first) :])
        used = material.of_listed(scores, same, people, seed, resamples)
    points = _points(TARGETS, used, 0.0)
    digest = sha256(scores.tobytes() + same.tobytes()).hexdigest()
    nothing = Templates((), (), np.empty((0, 0), np.float32))
    return _calibration(
        created_at,
        replace(_dataset(digest, nothing, used, "scores", name, ""), people=len(names)),
        UNKNOWN,
        acquisition(nothing, taken(nothing, resamples, seed)),
        Controls(
            controls.shuffled_eer_of_scores(scores, same, seed),
            0,
            0,
            controls.suspects(used.everything, names) if names else (),
        ),
        points,
        used,
        drawn=(seed, resamples),
    )


def _calibration(
    created_at: datetime,
    dataset: Dataset,
    machinery: Machinery,
    acquired: Acquisition,
    checked: Controls,
    points: tuple[OperatingPoint, ...],
    used: Material,
    *,
    searches: Searches | None = None,
    groups: tuple[Group, ...] = (),
    sensitivity: tuple[Sensitivity, ...] = (),
    threshold: float | None = None,
    drawn: tuple[int, int],
) -> Calibration:
    genuine, impostors = used.tried.genuine.counts, used.tried.impostors.counts
    finer = _points(thresholds.FINER_TARGETS, used, acquired.failure_to_acquire.value)
    return Calibration(
        created_at=created_at,
        dataset=dataset,
        machinery=machinery,
        acquisition=acquired,
        controls=checked,
        operating_points=points,
        finer_points=tuple(each for each in finer if each.supported),
        equal_error_rate=thresholds.equal_error_rate(genuine, impostors),
        curve=thresholds.curve(genuine, impostors),
        histogram=_histogram(genuine, impostors),
        galleries=identification.galleries(points, searches, used.drawn),
        largest_galleries=identification.largest_galleries(points),
        groups=groups,
        disparities=() if threshold is None else disparities(groups, threshold),
        sensitivity=sensitivity,
        group_threshold=threshold,
        seed=drawn[0],
        resamples=drawn[1],
    )


def _points(
    targets: Sequence[float], used: Material, failure_to_acquire: float
) -> tuple[OperatingPoint, ...]:
    return thresholds.operating_points(
        targets,
        used.thresholds,
        used.choosing.impostors.total,
        used.tried,
        used.drawn,
        failure_to_acquire,
    )


def _usual_threshold(points: Sequence[OperatingPoint]) -> float | None:
    """Return the threshold for groups and damage: at 1 in 1,000, or the strictest there is."""
    carried = [each for each in points if each.threshold is not None]
    usual = [each.threshold for each in carried if each.target_fmr >= _GROUPS_AT]
    return usual[-1] if usual else None


def _groups(
    found: Population, used: Material, photos: Taken, labels: Labels | None, threshold: float
) -> tuple[Group, ...]:
    if not labels or used.members is None or used.tried.photos is None:
        return ()
    names = [found.names[each] for each in used.members]
    tried = Tried(names, used.tried, used.tried.photos, used.drawn, photos)
    return grouped(tried, labels, threshold)


def _searches(
    found: Population,
    used: Material,
    points: Sequence[OperatingPoint],
    index: Index | None,
    kind: Kind,
    pairs: Pairs | None,
) -> Searches | None:
    """Search for those the thresholds are tried on: among themselves, or in the collection."""
    if used.members is None or (pairs is not None and kind != "collection"):
        return None
    carried = [each.threshold for each in points if each.threshold is not None]
    tried = np.isin(found.people, used.members)
    if pairs is None:
        people = np.searchsorted(used.members, found.people[tried])
        return identification.search(found.vectors[tried], people, carried, index)
    enrolled = np.arange(len(tried)) >= int(pairs.second.min())
    gallery = Gallery(found.vectors[enrolled], found.people[enrolled])
    asked = tried & ~enrolled & np.isin(found.people, gallery.owners)
    probes = Probes(found.vectors[asked], found.people[asked])
    searches = identification.search_in(gallery, probes, carried, index)
    if searches is None:
        return None
    return replace(searches, people=np.searchsorted(used.members, searches.people))


def _dataset(
    digest: str, templates: Templates, used: Material, kind: Kind, name: str, note: str
) -> Dataset:
    failed = {each.person for each in templates.failures}
    return Dataset(
        kind,
        name,
        digest,
        people=len({*templates.people, *failed}),
        photos=len(templates.photos) + len(templates.failures),
        genuine_comparisons=len(used.everything.genuine.scores),
        impostor_comparisons=used.everything.impostors.total,
        note=note,
    )


def _held_out(templates: Templates, pairs: Pairs) -> Templates:
    """Leave out what was enrolled, which stands behind: of that no photo was presented here."""
    count = int(pairs.second.min())
    return Templates(
        templates.people[:count],
        templates.photos[:count],
        templates.vectors[:count],
        templates.failures,
    )


def _photos_digest(templates: Templates, pairs: Pairs | None) -> str:
    """Return one digest of photos, of whom they show and of pairs, in whatever order they came."""
    photos = [*zip(templates.photos, templates.people, strict=True)]
    photos += [(each.photo, each.person) for each in templates.failures]
    lines = [f"{photo} {who}\n" for photo, who in sorted(photos)]
    if pairs is not None:
        ends = zip(pairs.first, pairs.second, strict=True)
        both = (sorted((templates.photos[one], templates.photos[other])) for one, other in ends)
        lines += sorted(f"{one} {other}\n" for one, other in both)
    return sha256("".join(lines).encode()).hexdigest()


def _histogram(genuine: Counts, impostors: Counts) -> Histogram:
    starts = np.arange(0, 2 * STEPS, _BIN)
    edges = tuple(float(GRID[each]) for each in [*starts, 2 * STEPS])
    return Histogram(edges, _binned(genuine, starts), _binned(impostors, starts))


def _binned(counts: Counts, starts: NDArray[np.intp]) -> tuple[int, ...]:
    return tuple(int(each) for each in np.add.reduceat(counts, starts))
