"""What figures were seen on, and what one core of it can do at best: the roof of every network."""

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import onnxruntime
import psutil
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

# What the inner loops of matrix products are written for, from the least to the most.
_INSTRUCTION_SETS = ("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8")
_PACKAGES = ("onnxruntime", "openvino", "insightface", "opencv-python-headless", "numpy")
_SIDE = 1024


@dataclass(frozen=True, slots=True)
class Machine:
    """Processor, instruction sets of interest, cores, and GFLOPS (fp32) of one core, measured."""

    processor: str
    instruction_sets: tuple[str, ...]
    cores: int
    memory_gb: float
    gflops_per_core: float

    @property
    def name(self) -> str:
        """The machine as a table names it."""
        return f"{self.processor}, {self.cores} cores, {' '.join(self.instruction_sets)}"

    def roof_ms(self, gmacs: float) -> float:
        """Return the milliseconds so much work takes a core that does nothing but multiply-add.

        Not a law: a convolution that Winograd's algorithm shortens does fewer of them.
        """
        return 1000 * 2 * gmacs / self.gflops_per_core


def describe() -> Machine:
    """Describe this machine; takes about a second, for its speed is measured."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return Machine(
        processor=_field(text, "model name") or platform.machine(),
        instruction_sets=tuple(
            name for name in _INSTRUCTION_SETS if name in _field(text, "flags").split()
        ),
        cores=os.cpu_count() or 1,
        memory_gb=psutil.virtual_memory().total / 1e9,
        gflops_per_core=_gflops(),
    )


def provenance(machine: Machine) -> dict[str, Any]:
    """Return what every result file begins with: date, commit, machine and versions."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(),
        "machine": asdict(machine),
        "versions": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str:
    """Return a package's version; on a GPU machine onnxruntime comes under another name."""
    return onnxruntime.__version__ if package == "onnxruntime" else version(package)


def commit() -> str:
    """Return the commit that was measured, with a plus if files differ from it."""
    told = subprocess.check_output(["git", "describe", "--always", "--dirty=+"], text=True)  # noqa: S607
    return told.strip()


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process to the last core it may use, and give the others back at the end."""
    with kept_to(max(os.sched_getaffinity(0))):
        yield


@contextmanager
def kept_to(core: int | None) -> Iterator[None]:
    """Keep this thread, and what it starts, to a core where one is named."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, allowed if core is None else {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _field(cpuinfo: str, name: str) -> str:
    lines = (line.split(":", 1) for line in cpuinfo.splitlines() if ":" in line)
    return next((value.strip() for key, value in lines if key.strip() == name), "")


def _gflops() -> float:
    """Return 2·n³ over the CPU time of a matrix product on one thread: the best of twenty.

    The best, for a roof is what a core can do when nobody else uses its caches.
    ONNX Runtime multiplies, for it takes its number of threads by session; numpy's library would
    take every core, and cannot be told otherwise once it is loaded.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        _product().SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    factor = np.random.default_rng(0).random((_SIDE, _SIDE), np.float32)
    session.run(None, {"a": factor, "b": factor})
    return 2 * _SIDE**3 / 1e9 / min(_seconds(session, factor) for _ in range(20))


def _product() -> ModelProto:
    square = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [_SIDE, _SIDE]) for name in "abc"
    ]
    product = helper.make_node("MatMul", ["a", "b"], ["c"])
    graph = helper.make_graph([product], "product", square[:2], square[2:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def _seconds(session: onnxruntime.InferenceSession, factor: NDArray[np.float32]) -> float:
    began = process_time()
    session.run(None, {"a": factor, "b": factor})
    return process_time() - began
