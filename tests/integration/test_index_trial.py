"""What the index adds to the misses of a search is measured on the index that serves."""

import numpy as np
from numpy.typing import NDArray

from db.trial import first_by_index


def directions(count: int, dimension: int = 16) -> NDArray[np.float32]:
    """Return so many unit vectors, none preferred."""
    drawn = np.random.default_rng(0).standard_normal((count, dimension)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


async def test_the_index_finds_nearly_everybody_where_exact_search_does() -> None:
    """Each of 1,500 is nearest to itself; HNSW may miss some, and answers with nobody else."""
    gallery = directions(1500)
    found = await first_by_index(gallery, gallery[::15])

    assert (found == np.arange(0, 1500, 15)).mean() > 0.95
    assert found.max() < 1500


async def test_an_empty_gallery_has_nobody() -> None:
    """And says so."""
    assert (await first_by_index(directions(0), directions(2))).tolist() == [-1, -1]
