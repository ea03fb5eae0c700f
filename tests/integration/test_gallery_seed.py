"""A gallery of strangers is put in by COPY, and is a gallery like any other."""

import numpy as np
import pytest

from benchmarks.gallery import Filling, directions, drawn, fill
from db.gallery import Gallery
from tests.integration.people import MODEL, person, search

PEOPLE = 1_500  # Enough that searches go by the index.


@pytest.fixture
async def filled(gallery: Gallery, database_url: str) -> Gallery:
    """Return a gallery with a collection of strangers."""
    await fill(database_url, "crowd", PEOPLE, MODEL)
    return gallery


async def test_strangers_are_counted_and_found(filled: Gallery) -> None:
    """The first of them is found by its own vector, and the counts are those of its rows."""
    probe = directions(PEOPLE, MODEL.dimension, seed=1)[0]
    found = await filled.search(search(probe, collection="crowd"))
    collection = await filled.collection("crowd")
    assert (collection.identities, collection.faces) == (PEOPLE, PEOPLE)
    assert found.verdicts[0].matches[0].external_id.startswith("stranger-")
    assert found.verdicts[0].matches[0].similarity == pytest.approx(1, abs=2e-3)


async def test_people_are_enrolled_among_them(filled: Gallery) -> None:
    """The index that was built afterwards takes new ones, too."""
    (probe,) = directions(1, MODEL.dimension, seed=99)
    await filled.enrol("crowd", person("ada", probe), MODEL)
    verdict = (await filled.search(search(probe, collection="crowd"))).verdicts[0]
    assert verdict.matches[0].external_id == "ada"


async def test_a_full_gallery_is_left_alone(filled: Gallery, database_url: str) -> None:
    """Asked again, only those are added that are missing."""
    await fill(database_url, "crowd", PEOPLE, MODEL)
    await fill(database_url, "crowd", PEOPLE + 10, MODEL)
    assert (await filled.collection("crowd")).identities == PEOPLE + 10


async def test_filling_is_timed(database_url: str) -> None:
    """Rows and index apart; a collection that was full took nothing."""
    took = await fill(database_url, "crowd", 50, MODEL)
    assert took.people == 50
    assert took.rows_seconds > 0
    assert took.index_seconds > 0
    assert await fill(database_url, "crowd", 50, MODEL) == Filling(0, 0.0, 0.0)


def test_directions_are_of_unit_length_and_the_same_each_time() -> None:
    """Runs are compared, so they search the same vectors."""
    drawn = directions(100, 128, seed=5)
    assert np.allclose(np.linalg.norm(drawn, axis=1), 1)
    assert np.array_equal(drawn, directions(100, 128, seed=5))
    assert np.abs(drawn @ drawn.T - np.eye(100)).max() < 0.5


def test_directions_come_in_parts_that_are_the_same_together() -> None:
    """A large gallery is drawn a part at a time, and is the gallery that it was in one."""
    parts = list(drawn(100, 16, seed=5, part=30))
    assert [len(part) for part in parts] == [30, 30, 30, 10]
    assert np.array_equal(np.concatenate(parts), directions(100, 16, seed=5))
