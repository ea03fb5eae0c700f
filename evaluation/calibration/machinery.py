"""What made the templates, in so many words that a threshold can be bound to it."""

import platform
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from deployments.messages.embedder import ModelCard, QualityGate
from deployments.vision.quality import GATES
from evaluation.calibration.cache import key_of
from evaluation.calibration.findings import Machinery

UNKNOWN: Final = "unknown"
_ROOT: Final = Path(__file__).parents[2]
_COMPUTING: Final = (
    "numpy",
    "onnxruntime",
    "onnxruntime-gpu",
    "opencv-python-headless",
    "openvino",
)
_PROCESSOR: Final = re.compile(r"^model name\s*:\s*(.+)$", re.MULTILINE)


def machinery_of(card: ModelCard, gate: QualityGate) -> Machinery:
    """Describe a loaded pack, the pipeline around it, what it runs on, and the gate."""
    return Machinery(
        pack=card.model.pack,
        pack_digest=card.model.digest,
        pipeline=card.model.pipeline,
        dimension=card.model.dimension,
        engine=card.engine,
        quality=gate,
        versions=versions(),
        commit=commit(),
        device=card.device,
        processor=processor(),
    )


def cache_key(
    machinery: Machinery, *, max_bytes: int, max_pixels: int, decode_seconds: float
) -> str:
    """Return the name of all that decides what becomes of a photo, the limits of the gate too."""
    return key_of(
        {
            "pack": machinery.pack_digest,
            "pipeline": machinery.pipeline,
            "engine": machinery.engine,
            "device": machinery.device,
            "processor": machinery.processor,
            "versions": {name: machinery.versions.get(name) for name in _COMPUTING},
            "quality": machinery.quality,
            "gate": repr(GATES.get(machinery.quality)),
            "max_bytes": max_bytes,
            "max_pixels": max_pixels,
            "decode_seconds": decode_seconds,
        }
    )


def versions() -> Mapping[str, str]:
    """Return the versions of Python and of what computes."""
    packages = ("facegraph", *_COMPUTING)
    return {"python": platform.python_version()} | {name: _version(name) for name in packages}


def processor(root: Path = Path("/")) -> str:
    """Return the name of the processor, or else of its kind; `root` is where `/proc` hangs."""
    with suppress(OSError):
        named = _PROCESSOR.search((root / "proc/cpuinfo").read_text("utf-8", "replace"))
        if named is not None:
            return named[1].strip()
    return platform.machine()


def commit(root: Path = _ROOT) -> str:
    """Return the commit of the code, with a plus if files differ from it; `unknown` without git."""
    # An installation may lie in somebody else's repository.
    if not (root / ".git").exists():
        return UNKNOWN
    command = ["git", "-C", str(root), "describe", "--always", "--dirty=+"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return told.stdout.strip()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return UNKNOWN
