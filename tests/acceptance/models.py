"""The models of services under test: prepared once for each worker, and copied."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from deployments.vision.catalogue import DEFAULT
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import prepare


@cache
def prepared() -> Path:
    """Prepare the default pack and race its engines, once for all services but the demo's."""
    folder = Path(tempfile.mkdtemp(prefix="fg-models-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Pipeline(prepare(DEFAULT, folder), device="cpu")
    return folder / "models"


def put_models(data_dir: Path) -> None:
    """Copy the prepared models into a data directory."""
    shutil.copytree(prepared(), data_dir / "models", dirs_exist_ok=True)
