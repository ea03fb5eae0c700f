"""What a search adds to the misses of exact comparison is measured on the search that serves."""

import numpy as np
import pytest
from numpy.typing import NDArray

from db.trial import first_found


def directions(count: int, dimension: int = 64) -> NDArray[np.float32]:
    """Return so many unit vectors, none preferred."""
    drawn = np.random.default_rng(0).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


@pytest.mark.parametrize(
    ("people", "dimension"),
    [(300, 64), (1500, 64), (1100, 512)],
    ids=["read whole", "by index and vectors", "by index and signs"],
)
async def test_a_search_finds_everybody_whom_exact_comparison_finds(
    people: int, dimension: int
) -> None:
    """Each is nearest to itself, whichever way a gallery of that size is searched."""
    gallery = directions(people, dimension)
    found = await first_found(gallery, gallery[::15])

    assert found.tolist() == list(range(0, people, 15))


async def test_an_empty_gallery_has_nobody() -> None:
    """And says so."""
    assert (await first_found(directions(0), directions(2))).tolist() == [-1, -1]
