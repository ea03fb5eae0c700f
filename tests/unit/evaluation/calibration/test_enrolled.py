"""A collection against photos held out: probes are compared with templates, as in the service."""

from uuid import UUID

import numpy as np
import pytest

from evaluation.calibration.enrolled import against
from evaluation.calibration.samples import Unusable
from evaluation.calibration.templates import Failure, Templates

HELD_OUT = Templates(
    ("ada", "eve"),
    ("p1", "p2"),
    np.eye(4, dtype=np.float32)[:2],
    (Failure("bob", "p3", "no_face"),),
)
ENROLLED = ("ada", "bob", "ada")
FACES = tuple(UUID(int=number) for number in (1, 2, 3))
VECTORS = np.eye(4, dtype=np.float32)[1:]
TOGETHER = (*HELD_OUT.people, *ENROLLED)


def test_each_probe_is_compared_with_each_template() -> None:
    """Never two probes, never two templates; failures are those of the photos held out."""
    templates, pairs = against(HELD_OUT, ENROLLED, FACES, VECTORS, seed=0)
    assert templates.people == ("ada", "eve", "ada", "bob", "ada")
    assert templates.failures == HELD_OUT.failures
    assert len(set(templates.photos)) == 5
    compared = sorted(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))
    assert compared == [(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)]


def test_of_too_many_impostors_some_are_drawn() -> None:
    """All genuine comparisons stay, and the same seed draws the same."""
    drawn = [
        against(HELD_OUT, ENROLLED, FACES, VECTORS, seed=3, most_impostors=3)[1] for _ in range(2)
    ]
    pairs = list(zip(drawn[0].first.tolist(), drawn[0].second.tolist(), strict=True))
    assert pairs[:2] == [(0, 2), (0, 4)]
    assert len(set(pairs[2:])) == 3
    assert all(TOGETHER[first] != TOGETHER[second] for first, second in pairs[2:])
    assert drawn[0].second.tolist() == drawn[1].second.tolist()


def test_impostors_are_drawn_in_little_memory() -> None:
    """Of 3 billion as many as were asked for come, each once, of two people, all over the crowd."""
    probes, enrolled = 30_000, 100_000
    held_out = Templates(
        tuple(f"p{at}" for at in range(probes)),
        tuple(str(at) for at in range(probes)),
        np.zeros((probes, 1), np.float32),
    )
    people = [f"p{at // 2}" for at in range(enrolled)]
    faces = [UUID(int=at) for at in range(enrolled)]
    vectors = np.zeros((enrolled, 1), np.float32)
    _, pairs = against(held_out, people, faces, vectors, seed=0, most_impostors=10_000)
    first, second = pairs.first[2 * probes :], pairs.second[2 * probes :] - probes
    assert len({*zip(first.tolist(), second.tolist(), strict=True)}) == 10_000
    assert (first != second // 2).all()
    assert (first.min(), second.max()) < (10, enrolled)
    assert second.max() > 0.99 * enrolled


@pytest.mark.parametrize("people", [(), ("bob", "bob", "bob"), ("ada", "ada", "ada")])
def test_both_kinds_of_comparisons_are_needed(people: tuple[str, ...]) -> None:
    """Nobody held out is enrolled, or nobody but them: either leaves a rate without trials."""
    held_out = Templates(("ada",), ("p1",), VECTORS[:1])
    with pytest.raises(Unusable, match="some who are enrolled"):
        against(held_out, people, FACES[: len(people)], VECTORS[: len(people)], seed=0)
