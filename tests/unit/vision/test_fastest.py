"""The faster engine is found out once on a machine, and again when anything it rests on changed."""

import json
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from deployments.vision import fastest
from deployments.vision.engines import Engine, Graphs, Place
from deployments.vision.fastest import open_network
from deployments.vision.graphs import graphs_of
from deployments.vision.packs import Pack
from deployments.vision.race import main, race, race_apart

HERE = Place("cpu", "auto", 1)
SHAPES = [(1, 3, 64, 64)]


@pytest.fixture
def graphs(default_pack: Pack, tmp_path: Path) -> Graphs:
    """Return a detector whose races are recorded in a folder of this test's own."""
    return replace(graphs_of(default_pack, default_pack.detector), record=tmp_path / "engine.json")


def record(graphs: Graphs) -> Path:
    """Return where a race is remembered."""
    assert graphs.record is not None
    return graphs.record


def test_the_race_is_run_and_remembered(graphs: Graphs) -> None:
    """The record names an engine, which is opened, and the seconds of both."""
    _, engine = open_network(graphs, HERE, SHAPES)
    kept = json.loads(record(graphs).read_text())
    assert kept["seconds"].keys() == {"onnxruntime", "openvino"}
    assert min(kept["seconds"].values()) > 0
    assert engine.startswith(kept["fastest"])


@pytest.mark.parametrize(
    ("openvino", "winner"), [(0.5, "openvino"), (0.95, "onnxruntime"), (2.0, "onnxruntime")]
)
def test_openvino_has_to_be_faster_by_a_tenth(
    graphs: Graphs, openvino: float, winner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes more memory, so a dead heat goes to ONNX Runtime."""
    times: dict[Engine, float] = {"onnxruntime": 1.0, "openvino": openvino}
    monkeypatch.setattr(fastest, "race_apart", lambda *_: times)
    assert open_network(graphs, HERE, SHAPES)[1].startswith(winner)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_what_is_remembered_is_not_raced_again(
    graphs: Graphs, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next start takes the record's word."""
    setting = fastest._setting(HERE, SHAPES)
    record(graphs).write_text(json.dumps({"setting": setting, "fastest": engine}))
    monkeypatch.setattr(fastest, "race_apart", None)
    assert open_network(graphs, HERE, SHAPES)[1].startswith(engine)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"setting": {}, "fastest": "openvino"}', '{"fastest": 1}']
)
def test_a_record_of_other_things_is_not_believed(
    graphs: Graphs, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another CPU, another version or a broken file: the race is run again."""
    record(graphs).write_text(content)
    times: dict[Engine, float] = {"onnxruntime": 1.0, "openvino": 2.0}
    monkeypatch.setattr(fastest, "race_apart", lambda *_: times)
    assert open_network(graphs, HERE, SHAPES)[1].startswith("onnxruntime")
    assert json.loads(record(graphs).read_text())["seconds"] == times


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_an_engine_asked_for_by_name_runs_no_race(graphs: Graphs, engine: Engine) -> None:
    """Who names an engine gets it."""
    assert open_network(graphs, Place("cpu", engine, 1), SHAPES)[1].startswith(engine)
    assert not record(graphs).exists()


def test_without_openvino_there_is_nothing_to_race(
    graphs: Graphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime is then the fastest engine present."""
    monkeypatch.setattr(fastest, "openvino_present", lambda: False)
    assert open_network(graphs, HERE, SHAPES)[1].startswith("onnxruntime")


def test_the_processor_is_named_where_the_system_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Outside Linux, architecture and processor stand in."""
    monkeypatch.setattr(Path, "read_text", lambda _: (_ for _ in ()).throw(FileNotFoundError))
    assert fastest._cpu_model().strip()


def test_the_race_tells_what_it_measured(
    graphs: Graphs, capsys: pytest.CaptureFixture[str]
) -> None:
    """The process that races prints seconds for both engines and nothing else."""
    main(json.dumps([str(graphs.common), str(graphs.rewritten), 1, SHAPES]))
    seconds = json.loads(capsys.readouterr().out)
    assert seconds.keys() == {"onnxruntime", "openvino"}
    assert 0 < min(seconds.values()) <= max(seconds.values()) < 1


@pytest.mark.parametrize("kept", [None, Path("no/such/folder/engine.json")])
def test_without_a_place_to_write_the_race_is_run_each_time(
    graphs: Graphs, kept: Path | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is remembered, and nothing fails."""
    times: dict[Engine, float] = {"onnxruntime": 2.0, "openvino": 1.0}
    monkeypatch.setattr(fastest, "race_apart", lambda *_: times)
    assert open_network(replace(graphs, record=kept), HERE, SHAPES)[1].startswith("openvino")


def test_what_openvino_cannot_run_is_left_to_the_other(
    graphs: Graphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network that one engine refuses is no reason not to start."""
    monkeypatch.setattr("deployments.vision.race.open_openvino", lambda *_: 1 / 0)
    assert race(graphs, 1, SHAPES) == {"onnxruntime": 0.0, "openvino": inf}


def test_a_race_that_dies_leaves_the_field_to_onnx_runtime(tmp_path: Path) -> None:
    """A crash of the other process is no crash of the replica."""
    missing = Graphs(tmp_path / "none.onnx", tmp_path / "none.onnx")
    assert race_apart(missing, 1, SHAPES) == {"onnxruntime": 0.0, "openvino": inf}
