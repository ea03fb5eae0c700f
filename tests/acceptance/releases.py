"""What tests roll out: copies of the source with one visible change, and a pack that is wrong."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from deployments.vision.catalogue import OPENCV_ZOO
from deployments.vision.packs import Role
from deployments.vision.preparation import adopt, prepare
from tests.acceptance.conftest import ROOT
from tests.acceptance.models import prepared

PACKAGES = ("cli", "config", "db", "deployments")
APPLICATION = "deployments/web/application.py"
VERSION = 'version="1"'


def release(folder: Path, version: str) -> Path:
    """Copy the source to a folder of its own; `/openapi.json` tells this version."""
    for package in PACKAGES:
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=skipped)
    change(folder / APPLICATION, VERSION, f'version="{version}"')
    return folder


def change(file: Path, written: str, instead: str) -> None:
    """Replace what is written once in a file of a release."""
    text = file.read_text()
    assert text.count(written) == 1
    file.write_text(text.replace(written, instead))


def confused_pack(folder: Path) -> Path:
    """Make a pack that loads, and takes everybody for the same person."""
    pack = prepare(OPENCV_ZOO.name, prepared().parent)
    files = {file.role: pack.folder / file.path for file in pack.files}
    model = onnx.load(files["recogniser"])
    # What the last layer, a BatchNormalization, adds to each vector drowns all differences.
    (added,) = (
        each for each in model.graph.initializer if each.name == model.graph.node[-1].input[2]
    )
    added.CopyFrom(numpy_helper.from_array(np.full(added.dims, 1e6, np.float32), added.name))
    folder.mkdir()
    onnx.save(model, folder / "confused.onnx")
    weights: dict[Role, Path] = files | {"recogniser": folder / "confused.onnx"}
    adopt(replace(OPENCV_ZOO, name="confused"), folder / "pack", weights)
    return folder / "pack"
