"""How far apart the signs of two vectors of a cosine may be."""

import numpy as np
import pytest

from db.nearest import most_other_signs


@pytest.mark.parametrize("cosine", [-0.5, 0.0, 0.35, 0.7, 0.95])
def test_as_many_signs_differ_as_chance_has_it(cosine: float) -> None:
    """Of pairs of that cosine hardly one differs in more, and hardly any in far fewer."""
    dimension, pairs = 256, 20_000
    drawn = np.random.default_rng(3).standard_normal((2, pairs, dimension))
    first, across = drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)
    across -= (across * first).sum(-1, keepdims=True) * first
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    second = cosine * first + np.sqrt(1 - cosine**2) * across
    differ = ((first > 0) != (second > 0)).sum(-1)
    most = most_other_signs(cosine, dimension)
    assert np.mean(differ > most) < 1 / 741
    assert np.mean(differ > most - 6 * np.sqrt(dimension) / 2) > 0.99


@pytest.mark.parametrize(("cosine", "signs"), [(1.5, 0), (1.0, 0), (0.0, 152), (-1.0, 256)])
def test_the_ends_are_all_signs_or_none(cosine: float, signs: float) -> None:
    """A threshold may be one that rounding, or a caller, has put beyond what a cosine can be."""
    assert most_other_signs(cosine, 256) == pytest.approx(signs)
