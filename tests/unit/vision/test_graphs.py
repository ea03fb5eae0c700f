"""What is made of a published graph: the same outputs, mended when damaged, never in the way."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from deployments.vision import graphs, rewriting
from deployments.vision.engines import Graphs, Place
from deployments.vision.graphs import graphs_of
from deployments.vision.onnxruntime_engine import open_onnxruntime
from deployments.vision.packs import Pack, write_manifest
from deployments.vision.rewriting import split_prelus

ASK = """
import sys
from pathlib import Path
from deployments.vision.graphs import graphs_of
from deployments.vision.packs import described
pack = described(sys.argv[1], Path())
print(graphs_of(pack, pack.recogniser).rewritten)
"""

SLOPES = {
    "one a channel": np.linspace(-1, 1, 4, dtype=np.float32),
    "one": np.full(1, 0.3, np.float32),
}


def moved_out(pack: Pack, folder: Path) -> Pack:
    """Return a pack with another folder, and its files where they are."""
    files = tuple(replace(file, path=str(pack.path(file))) for file in pack.files)
    return replace(pack, files=files, folder=folder)


def read_only(pack: Pack, folder: Path) -> Pack:
    """Return a pack with another folder, which takes no new files, whoever asks."""
    (folder / "prepared").write_text("a file where the folder would be")
    return moved_out(pack, folder)


@pytest.fixture
def elsewhere(default_pack: Pack, tmp_path: Path) -> Pack:
    """Return the default pack with a folder of its own."""
    return moved_out(default_pack, tmp_path)


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


@pytest.mark.parametrize("placed", [moved_out, read_only])
def test_insightfaces_detector_takes_several_images(
    custom_pack: Pack, tmp_path: Path, placed: Callable[[Pack, Path], Pack]
) -> None:
    """Each image's cells stand together, and say what they say of the image alone."""
    pack = placed(custom_pack, tmp_path)
    session, _ = open_onnxruntime(graphs_of(pack, pack.detector), Place("cpu", "auto", 1))
    name = session.get_inputs()[0].name
    images = np.random.default_rng(2).normal(size=(2, 3, 64, 96)).astype(np.float32)
    together = session.run(None, {name: images})
    alone = [session.run(None, {name: image[None]}) for image in images]
    expected = [np.concatenate(parts) for parts in zip(*alone, strict=True)]
    assert all(np.allclose(a, b, atol=1e-4) for a, b in zip(together, expected, strict=True))


def written(folder: Path) -> dict[str, int]:
    """Return when each file of a folder was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_what_is_made_is_made_once(elsewhere: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start finds the files of the first, reads no graph and needs no permit."""
    first = graphs_of(elsewhere, elsewhere.recogniser)
    prepared = elsewhere.folder / "prepared"
    assert first.rewritten.parent == prepared
    for permit in prepared.glob(".*.lock"):
        permit.unlink()
    before = written(prepared)
    monkeypatch.delattr(rewriting, "free_batch")
    monkeypatch.delattr(rewriting, "split_prelus")
    assert graphs_of(elsewhere, elsewhere.recogniser) == first
    assert written(prepared) == before


def test_processes_that_ask_at_once_make_it_once(
    elsewhere: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with one process id between them, as containers that share a volume have."""
    asked, made = Barrier(2), []

    def counted(source: Path, target: Path) -> bool:
        made.append(target)
        return split_prelus(source, target)

    def ask(_: int) -> Graphs:
        asked.wait()
        return graphs_of(elsewhere, elsewhere.recogniser)

    monkeypatch.setattr(rewriting, "split_prelus", counted)
    with ThreadPoolExecutor(2) as processes:
        first, second = processes.map(ask, range(2))
    assert first == second
    assert len(made) == 1


def test_a_damaged_file_is_made_anew(elsewhere: Pack) -> None:
    """Its name holds its digest, so a bit that flipped on the disk is seen."""
    made = graphs_of(elsewhere, elsewhere.recogniser).rewritten
    whole = made.read_bytes()
    made.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert graphs_of(elsewhere, elsewhere.recogniser).rewritten.read_bytes() == whole


def test_another_rewriting_reaches_a_pack_prepared_before(
    elsewhere: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an older one made is deleted, and what a crash left is no obstacle."""
    old = graphs_of(elsewhere, elsewhere.recogniser).rewritten
    monkeypatch.setattr(graphs, "VERSION", graphs.VERSION + 1)
    name = old.name.replace(f"-v{graphs.VERSION - 1}-", f"-v{graphs.VERSION}-")
    partial = old.with_name(f".{name.rpartition('-')[0]}.partial")
    partial.write_bytes(b"half")
    new = graphs_of(elsewhere, elsewhere.recogniser).rewritten
    assert new.name == name
    assert not old.exists()
    assert not partial.exists()


def test_a_data_directory_can_be_moved(default_pack: Pack, tmp_path: Path) -> None:
    """What was prepared moves along, and leads to nothing in the old place."""
    folder = tmp_path / "old"
    shutil.copytree(default_pack.folder, folder, ignore=shutil.ignore_patterns("prepared"))
    graphs_of(replace(default_pack, folder=folder), default_pack.detector)
    moved = replace(default_pack, folder=folder.rename(tmp_path / "new"))
    found = graphs_of(moved, moved.detector)
    assert found.common == moved.path(moved.detector)
    assert not [path for path in moved.folder.rglob("*") if path.is_symlink()]


def test_a_folder_that_cannot_be_written_to_changes_nothing(
    custom_pack: Pack, tmp_path: Path
) -> None:
    """The same graphs are made, in a folder of the process's own."""
    pack = read_only(custom_pack, tmp_path)
    kept, passing = graphs_of(custom_pack, custom_pack.detector), graphs_of(pack, pack.detector)
    assert passing.common.read_bytes() == kept.common.read_bytes()
    assert tmp_path not in passing.common.parents
    assert graphs_of(pack, pack.detector) == passing
    assert [path.name for path in tmp_path.iterdir()] == ["prepared"]


def test_what_cannot_be_kept_ends_with_the_process(default_pack: Pack, tmp_path: Path) -> None:
    """No start on a read-only pack leaves a network in the temporary folder."""
    write_manifest(read_only(default_pack, tmp_path))
    command = [sys.executable, "-c", ASK, str(tmp_path)]
    made = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    assert "rewritten" in made.name
    assert not made.parent.exists()
