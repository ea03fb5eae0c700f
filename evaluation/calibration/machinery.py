"""What made the templates, in so many words that a threshold can be bound to it."""

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from deployments.messages import ModelCard, QualityGate
from deployments.vision.quality import GATES
from evaluation.calibration.cache import key_of
from evaluation.calibration.findings import Machinery

UNKNOWN: Final = "unknown"
_ROOT: Final = Path(__file__).parents[2]
_PACKAGES: Final = ("facegraph", "numpy", "onnxruntime", "opencv-python-headless", "openvino")


def machinery_of(card: ModelCard, pipeline: str, gate: QualityGate) -> Machinery:
    """Describe a loaded pack, the version of the pipeline around it, and the gate."""
    return Machinery(
        pack=card.model.pack,
        pack_digest=card.model.digest,
        pipeline=pipeline,
        dimension=card.model.dimension,
        engine=card.engine,
        quality=gate,
        versions=versions(),
        commit=commit(),
    )


def cache_key(machinery: Machinery, *, max_pixels: int, decode_seconds: float) -> str:
    """Return the name of all that decides what becomes of a photo, the limits of the gate too."""
    return key_of(
        {
            "pack": machinery.pack_digest,
            "pipeline": machinery.pipeline,
            "engine": machinery.engine,
            "quality": machinery.quality,
            "gate": repr(GATES.get(machinery.quality)),
            "max_pixels": max_pixels,
            "decode_seconds": decode_seconds,
        }
    )


def versions() -> Mapping[str, str]:
    """Return the versions of Python and of what computes."""
    return {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES}


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
