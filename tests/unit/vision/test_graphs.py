"""What is made of a published graph: the same outputs, mended when damaged, never in the way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from deployments.vision.engines import Graphs, Place
from deployments.vision.graphs import graphs_of
from deployments.vision.onnxruntime_engine import open_onnxruntime
from deployments.vision.packs import Pack
from deployments.vision.rewriting import split_prelus

SLOPES = {
    "one a channel": np.linspace(-1, 1, 4, dtype=np.float32),
    "one": np.full(1, 0.3, np.float32),
}


@pytest.fixture
def elsewhere(default_pack: Pack, tmp_path: Path) -> Pack:
    """Return the default pack with a folder of its own and its files where they are."""
    files = tuple(replace(file, path=str(default_pack.path(file))) for file in default_pack.files)
    return replace(default_pack, files=files, folder=tmp_path)


@pytest.fixture
def read_only(elsewhere: Pack) -> Pack:
    """Return a pack whose folder takes no new files, whoever asks."""
    (elsewhere.folder / "prepared").write_text("a file where the folder would be")
    return elsewhere


def write_prelu(path: Path, slope: np.ndarray) -> None:
    """Write a network of one PRelu with four channels."""
    shape: list[str | int | None] = ["n", 4, 2, 2]
    graph = helper.make_graph(
        [helper.make_node("PRelu", ["x", "slope"], ["y"])],
        "prelu",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(slope.reshape(-1, 1, 1), "slope")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)


@pytest.mark.parametrize("slope", SLOPES.values(), ids=list(SLOPES))
def test_without_prelu_a_network_gives_the_same(tmp_path: Path, slope: np.ndarray) -> None:
    """For positive and negative values and slopes; one slope for all channels stays as it is."""
    source, target = tmp_path / "source.onnx", tmp_path / "target.onnx"
    write_prelu(source, slope)
    assert split_prelus(source, target)
    x = np.random.default_rng(1).normal(size=(2, 4, 2, 2)).astype(np.float32)
    session, _ = open_onnxruntime(Graphs(source, target), Place("cpu", "auto", 1))
    expected = np.where(x > 0, x, x * slope.reshape(1, -1, 1, 1))
    assert np.allclose(session.run(None, {"x": x})[0], expected, atol=1e-6)


def test_insightfaces_detector_takes_several_images(custom_pack: Pack) -> None:
    """Each image's cells stand together, and say what they say of the image alone."""
    session, _ = open_onnxruntime(
        graphs_of(custom_pack, custom_pack.detector), Place("cpu", "auto", 1)
    )
    name = session.get_inputs()[0].name
    images = np.random.default_rng(2).normal(size=(2, 3, 64, 96)).astype(np.float32)
    together = session.run(None, {name: images})
    alone = [session.run(None, {name: image[None]}) for image in images]
    expected = [np.concatenate(parts) for parts in zip(*alone, strict=True)]
    assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(together, expected, strict=True))


def test_what_is_made_is_made_once(elsewhere: Pack) -> None:
    """The second start finds the file of the first."""
    first = graphs_of(elsewhere, elsewhere.recogniser)
    written = first.rewritten.stat().st_mtime_ns
    assert first.rewritten.parent == elsewhere.folder / "prepared"
    assert graphs_of(elsewhere, elsewhere.recogniser) == first
    assert first.common.resolve() == elsewhere.path(elsewhere.recogniser).resolve()
    assert first.rewritten.stat().st_mtime_ns == written


def test_a_damaged_file_is_made_anew(elsewhere: Pack) -> None:
    """Its name holds its digest, so a bit that flipped on the disk is seen."""
    made = graphs_of(elsewhere, elsewhere.recogniser).rewritten
    whole = made.read_bytes()
    made.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert graphs_of(elsewhere, elsewhere.recogniser).rewritten.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(read_only: Pack) -> None:
    """The published graph is loaded as it is: slower, and right."""
    source = read_only.path(read_only.recogniser)
    assert graphs_of(read_only, read_only.recogniser) == Graphs(source, source)
