"""Crops to unit vectors, in chunks, each face with its own vector."""

import numpy as np
import pytest

from deployments.vision.packs import Pack
from deployments.vision.pictures import Pixels
from deployments.vision.recogniser import Recogniser
from tests.unit.vision.photographs import opened


def recogniser(pack: Pack, batch: int) -> Recogniser:
    """Return a recogniser that runs at most `batch` faces at once."""
    return Recogniser(opened(pack, "recogniser"), pack.recogniser.kind, batch=batch)


@pytest.fixture(scope="module")
def crops() -> list[Pixels]:
    """Return five different crops; that they show noise is all the same to the network."""
    noise = np.random.default_rng(5).integers(0, 256, (5, 14, 14, 3), np.uint8)
    return [np.kron(coarse, np.ones((8, 8, 1), np.uint8)) for coarse in noise]


def test_vectors_are_of_unit_length(pack: Pack, crops: list[Pixels]) -> None:
    """Each vector has the pack's dimension, float32, and length one."""
    vectors = recogniser(pack, 8).embed(crops)
    assert vectors.shape == (5, pack.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_size_of_a_run_does_not_change_vectors(
    pack: Pack, crops: list[Pixels], batch: int
) -> None:
    """Chunks only bound memory; order and values stay."""
    expected = recogniser(pack, 8).embed(crops)
    assert np.einsum("nd,nd->n", recogniser(pack, batch).embed(crops), expected).min() > 0.99999
