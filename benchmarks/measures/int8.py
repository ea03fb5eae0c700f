"""What eight bits would save and cost: the recogniser quantised, against itself in fp32.

Calibrated on one half of the people and judged on the other. Weights by channel, activations by
tensor, both set by ONNX Runtime's static quantisation.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

from benchmarks.measures.accuracy import all_pairs, summary
from benchmarks.measures.race import race
from benchmarks.subjects import shipped
from benchmarks.subjects.crops import Crops
from deployments.messages.embedder import Vector
from deployments.vision.engines import Session
from deployments.vision.graphs import graphs_of
from deployments.vision.packs import Pack
from deployments.vision.recogniser import Recogniser

_FACES_TO_CALIBRATE = 48
_PER_CHANNEL_SINCE = 13  # Version of the operators in which each channel may have its own scale.

Feed = dict[str, NDArray[np.float32]]


def of(pack: Pack, crops: Crops, people: Sequence[str], folder: Path) -> dict[str, Any]:
    """Return CPU milliseconds a face and accuracy, of fp32 as shipped and of int8."""
    half = len(people) // 2 // 2 * 2  # People have two photos each, side by side.
    shipped_session = shipped.open_session(pack, "recogniser")
    step = max(1, half // _FACES_TO_CALIBRATE)
    feeds = _feeds(shipped_session, pack, crops[:half:step])
    quantised = _quantised(graphs_of(pack, pack.recogniser).rewritten, feeds, folder)
    rivals = {
        "fp32, as shipped": Recogniser(shipped_session, pack.recogniser.kind, batch=1),
        "int8, onnxruntime": Recogniser(_open(quantised), pack.recogniser.kind, batch=1),
    }
    embed = {name: lambda crop, one=one: one.embed([crop])[0] for name, one in rivals.items()}
    laps = race(embed, crops[half:])
    exact, rounded = (np.stack(lap.results) for lap in laps.values())
    alike = np.einsum("nd,nd->n", exact, rounded)
    return {
        "cosine to fp32": {"lowest": float(alike.min()), "median": float(np.median(alike))},
        **{
            name: _figures(lap.milliseconds, lap.results, people[half:])
            for name, lap in laps.items()
        },
    }


def _figures(milliseconds: float, vectors: list[Vector], people: Sequence[str]) -> dict[str, Any]:
    return {"CPU ms a face": milliseconds, "accuracy": summary(all_pairs(vectors, people))}


class _Recording:
    """A session that keeps what it was fed, so that calibration sees what inference would."""

    def __init__(self, session: Session) -> None:
        self.feeds: list[Feed] = []
        self.get_inputs = session.get_inputs
        self.get_outputs = session.get_outputs
        self._session = session

    def run(self, output_names: None, input_feed: Feed) -> list[NDArray[np.float32]]:
        self.feeds.append(input_feed)
        return self._session.run(output_names, input_feed)


class _Feeds(CalibrationDataReader):  # type: ignore[misc]  # it has no types
    """Hands the quantiser one face after another."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._left = iter(feeds)

    def get_next(self) -> Feed | None:
        return next(self._left, None)


def _feeds(session: Session, pack: Pack, crops: Crops) -> list[Feed]:
    recording = _Recording(session)
    Recogniser(recording, pack.recogniser.kind, batch=1).embed(list(crops))
    return recording.feeds


def _quantised(network: Path, feeds: Sequence[Feed], folder: Path) -> Path:
    current, target = folder / "current.onnx", folder / "int8.onnx"
    onnx.save(_modern(onnx.load(network)), current)
    quantize_static(
        current,
        target,
        _Feeds(feeds),
        per_channel=True,
        # Without VNNI two products of eight bits may overflow sixteen, so a bit is given up.
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    return target


def _modern(model: onnx.ModelProto) -> onnx.ModelProto:
    if model.opset_import[0].version >= _PER_CHANNEL_SINCE:
        return model
    return version_converter.convert_version(model, _PER_CHANNEL_SINCE)


def _open(network: Path) -> Session:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session: Session = onnxruntime.InferenceSession(
        network, options, providers=["CPUExecutionProvider"]
    )
    return session
