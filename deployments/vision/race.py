"""Two engines take turns at a network; runs in a process of its own, which ends.

Whoever has loaded OpenVINO keeps 160 MB of it: a replica should only where it wins.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from math import inf
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np

from deployments.vision.engines import Engine, Graphs, Place, Session, Shape
from deployments.vision.onnxruntime_engine import open_onnxruntime
from deployments.vision.openvino_engine import open_openvino

_ROUNDS = 8
_WITHOUT_OPENVINO: Final[dict[Engine, float]] = {"onnxruntime": 0.0, "openvino": inf}


def race_apart(graphs: Graphs, threads: int, shapes: Sequence[Shape]) -> dict[Engine, float]:
    """Run the race in another process; one that dies, whatever of, leaves the field to the other.

    (An engine built for other processors ends its process; ONNX Runtime's own errors are told when
    it is opened.)
    """
    task = json.dumps([str(graphs.common), str(graphs.rewritten), threads, list(shapes)])
    command = [sys.executable, "-m", "deployments.vision.race", task]
    told = subprocess.run(command, check=False, stdout=subprocess.PIPE)  # noqa: S603 - our own module
    if told.returncode != 0:
        return _WITHOUT_OPENVINO
    seconds: dict[Engine, float] = json.loads(told.stdout.splitlines()[-1])
    return seconds


def race(graphs: Graphs, threads: int, shapes: Sequence[Shape]) -> dict[Engine, float]:
    """Return the seconds one run of each shape takes on a CPU, the best of several.

    The best and not the mean: what else the machine does can only add.
    """
    place = Place("cpu", "auto", threads)
    session = open_onnxruntime(graphs, place)[0]
    try:
        rival = open_openvino(graphs, place)[0]
        return _raced({"onnxruntime": session, "openvino": rival}, shapes)
    except Exception as error:  # noqa: BLE001 - a network that one engine cannot run is the other's
        print(f"OpenVINO cannot run {graphs.common}: {error}", file=sys.stderr)  # noqa: T201
        return _WITHOUT_OPENVINO


def _raced(sessions: dict[Engine, Session], shapes: Sequence[Shape]) -> dict[Engine, float]:
    best = {(engine, shape): inf for engine in sessions for shape in shapes}
    for _ in range(_ROUNDS + 1):  # The first round also warms up; it is never the best.
        for (engine, shape), seconds in best.items():
            best[engine, shape] = min(seconds, _timed(sessions[engine], shape))
    return {engine: sum(best[engine, shape] for shape in shapes) for engine in sessions}


def _timed(session: Session, shape: Shape) -> float:
    feed = {session.get_inputs()[0].name: np.full(shape, 0.5, np.float32)}
    started = perf_counter()
    session.run(None, feed)
    return perf_counter() - started


def main(task: str) -> None:
    """Race as `race_apart` asked, and print the seconds as JSON."""
    common, rewritten, threads, shapes = json.loads(task)
    graphs = Graphs(Path(common), Path(rewritten))
    print(json.dumps(race(graphs, threads, [tuple(shape) for shape in shapes])))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
