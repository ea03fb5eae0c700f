"""Which engine runs a network faster on this CPU: raced once, then remembered beside the pack.

No rule would do. With AVX-512 OpenVINO takes half of ONNX Runtime's time; with AVX2 alone it wins
with one network by a tenth and loses with another by a third.
"""

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import onnxruntime

from deployments.vision.engines import Engine, Graphs, Place, Session, Shape, openvino_present
from deployments.vision.onnxruntime_engine import open_onnxruntime
from deployments.vision.openvino_engine import open_openvino
from deployments.vision.race import race_apart

Opener = Callable[[Graphs, Place], tuple[Session, str]]

# OpenVINO takes 160 MB of memory more in each replica: it has to be faster by so much.
_WORTH = 1.1

_OPENERS: Final[dict[Engine, Opener]] = {"onnxruntime": open_onnxruntime, "openvino": open_openvino}


def open_network(graphs: Graphs, place: Place, shapes: Sequence[Shape]) -> tuple[Session, str]:
    """Open a network where it was wished to run, or where it runs `shapes` fastest.

    Returns the session and the name of what runs it. Raises DeviceUnavailable.
    """
    engine = _chosen(graphs, place, shapes)
    return _OPENERS[engine](graphs, place)


def _chosen(graphs: Graphs, place: Place, shapes: Sequence[Shape]) -> Engine:
    if place.engine != "auto":
        return place.engine
    if place.device != "cpu" or not openvino_present():
        return "onnxruntime"
    setting = _setting(place, shapes)
    if graphs.record and (known := _remembered(graphs.record, setting)):
        return known
    seconds = race_apart(graphs, place.threads, shapes)
    faster = seconds["openvino"] * _WORTH < seconds["onnxruntime"]
    winner: Engine = "openvino" if faster else "onnxruntime"
    if graphs.record:
        _record(graphs.record, {"setting": setting, "fastest": winner, "seconds": seconds})
    return winner


def _remembered(record: Path, setting: Mapping[str, object]) -> Engine | None:
    """Return the winner of an earlier race under the same conditions."""
    with suppress(OSError, ValueError):
        known = json.loads(record.read_text())
        if isinstance(known, dict) and known.get("setting") == setting:
            return next((engine for engine in _OPENERS if engine == known.get("fastest")), None)
    return None


def _setting(place: Place, shapes: Sequence[Shape]) -> dict[str, object]:
    """Return all that a result depends on."""
    return {
        "cpu": _cpu_model(),
        "threads": place.threads,
        "shapes": [list(shape) for shape in shapes],
        "onnxruntime": onnxruntime.__version__,  # Installed as onnxruntime or as onnxruntime-gpu.
        "openvino": version("openvino"),
    }


def _cpu_model() -> str:
    """Return the processor's name with what it can compute, as far as the system tells."""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        told = {name.strip(): value for name, _, value in (line.partition(":") for line in lines)}
        return f"{told.get('model name', '')} {told.get('flags', told.get('Features', ''))}"
    return f"{platform.machine()} {platform.processor()}"


def _record(path: Path, content: Mapping[str, object]) -> None:
    """Write it down whole or not at all; where that cannot be, the next start races again."""
    with suppress(OSError), NamedTemporaryFile("w", dir=path.parent, delete=False) as partial:
        partial.write(json.dumps(content, indent=2) + "\n")
        partial.close()
        Path(partial.name).replace(path)
