"""The inference layer tells what was found, and watches what it saves against stock."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.measures.race import Lap
from benchmarks.measures.work import gmacs
from benchmarks.performance.inference import iresnet
from benchmarks.performance.inference.batches import gains, least_cpu, row, runs_of
from benchmarks.performance.inference.estimates import of_default_pack
from benchmarks.performance.inference.layer import LAYER
from benchmarks.performance.inference.rivals import times_stock
from cli.capacity.packs import WORK
from deployments.messages.embedder import Analysis, Model
from tests.unit.benchmarks.performance.capacity_run import INFERENCE, RACE, rows


def test_what_is_watched_is_stock_s_time_by_ours() -> None:
    """One value for each identical run: 50 ms by 12.5, and by 12."""
    ratios = LAYER.ratios(INFERENCE)
    assert ratios == {
        "inference: stock's CPU a photo, times ours at 640": [2.5, 2.5],
        "inference: stock's CPU a photo, times ours as shipped": [4.0, pytest.approx(50 / 12)],
    }
    assert times_stock(RACE, "stock") == [1.0, 1.0]


@pytest.mark.parametrize(
    "told",
    [
        "| portraits | ours as shipped | 12.5 | 12.5 | 80 | 4, 4.17 |",
        "| portraits | stock | 50 | 50 | 20 |  |",
        "| openvino | 2 | 8 | 1.5 | 4 | 1 | 6 | 32 | 10.7 | 93.8 |",
        "12.5 ms, on onnxruntime with threads: 1 and photos in a run: 1",
        "| openvino | 8 | 1.5 | 2 |",
        "50 ms of one core on openvino 4.5.6",
        "8 ms each G",
        "docs/performance/inference-stages.png",
        "docs/performance/inference-batches.png",
    ],
)
def test_the_section_tells_what_was_found(told: str) -> None:
    """Figures of the race, of threads and runs, and of the dense network."""
    assert told in " ".join(LAYER.section(INFERENCE).splitlines()) or told in LAYER.section(
        INFERENCE
    )


def test_pictures_are_those_that_the_section_shows() -> None:
    """Each is drawn, and each is shown."""
    drawn = LAYER.pictures(INFERENCE)
    shown = LAYER.section(INFERENCE)
    assert set(drawn) == {"inference-stages", "inference-batches"}
    assert all(f"(docs/performance/{name}.png)" in shown for name in drawn)


def test_other_packs_are_told_as_well_as_the_default_one_was() -> None:
    """32 ms each G of YuNet's work and 12 of SFace's, against the 12 ms that were measured."""
    work = WORK["opencv_zoo"]
    expected = 32 * work.detector.gmacs_of(102_400) + 12 * work.recogniser.gmacs
    found = of_default_pack(INFERENCE)
    assert found.predicted_ms == pytest.approx(expected)
    assert found.error == pytest.approx(expected / 12.0 - 1)


@pytest.mark.parametrize(("count", "wanted", "runs"), [(1, 5, 5), (4, 8, 3), (8, 32, 4), (2, 0, 3)])
def test_photos_are_dealt_in_whole_runs(count: int, wanted: int, runs: int) -> None:
    """As many as wanted, at least three, and after the last photo comes the first."""
    dealt = runs_of([b"a", b"b", b"c"], count, wanted)
    assert [len(each) for each in dealt] == [count] * runs
    assert [photo for each in dealt for photo in each][:4] == [b"a", b"b", b"c", b"a"]


def test_a_row_is_of_one_photo() -> None:
    """Runs of four photos in 80 ms of CPU and 40 on the wall: 20, 10, and 100 a second."""
    analysis = Analysis(1, 1, (), Model("p", "d", 2, 0.5, 0.5), {"decode": 0.002, "embed": 0.01})
    lap = Lap(np.full(3, 0.08), np.full(3, 0.04), [[analysis] * 4] * 3)
    found = row("openvino", 2, 4, lap)
    assert (found["CPU ms"], found["wall ms"]) == (pytest.approx(20.0), pytest.approx(10.0))
    assert found["photos a second"] == pytest.approx(100.0)
    assert found["stages"]["embed"] == pytest.approx(10.0)


def test_a_second_thread_is_told_by_what_it_changes() -> None:
    """Times as many photos, at times the CPU, for each engine and size of run."""
    found = gains(rows())
    assert len(found) == 6
    assert all(
        (each["times as many"], each["times the CPU"]) == (pytest.approx(1.5), 2.0)
        for each in found
    )
    assert least_cpu(rows())["CPU ms"] == 12.5


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a network of that shape with a thousandth of its channels."""
    path = tmp_path / "small.onnx"
    iresnet.write(path, blocks=(1, 2, 1, 1), widths=(2, 4, 4, 8))
    return path


def test_the_dense_network_computes_what_its_layers_say(small: Path) -> None:
    """Each block is two convolutions and, where it halves the picture, one beside them."""
    layers = [
        (112, 3, 2, 3),
        *[(112, 2, 2, 3), (56, 2, 2, 3), (56, 2, 2, 1)],
        *[(56, 2, 4, 3), (28, 4, 4, 3), (28, 2, 4, 1), (28, 4, 4, 3), (28, 4, 4, 3)],
        *[(28, 4, 4, 3), (14, 4, 4, 3), (14, 4, 4, 1)],
        *[(14, 4, 8, 3), (7, 8, 8, 3), (7, 4, 8, 1)],
    ]
    convolved = sum(side**2 * into * out * kernel**2 for side, into, out, kernel in layers)
    expected = (convolved + 8 * 7 * 7 * 512) / 1e9
    assert gmacs(small, (1, 3, 112, 112)) == pytest.approx(expected)


def test_the_dense_network_runs(small: Path) -> None:
    """Noise goes in, a vector that is no noise of infinities comes out."""
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(small, providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(0).random((2, 3, 112, 112), np.float32)
    (vectors,) = session.run(None, {"image": picture})
    assert vectors.shape == (2, 512)
    assert np.isfinite(vectors).all()
    assert np.ptp(vectors) > 0
