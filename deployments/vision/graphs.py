"""The files a network is loaded from: what was published, made ready for this machine's engines.

They lie in `prepared/` beside the pack's manifest and can be deleted at any time. A name holds the
digest of what the file was made from, the version of the rewriting, and the digest of the file
itself, so damage is seen and mended. An empty file `.same` says that nothing had to be rewritten:
what the file would have been made from is then loaded, without a look into its graph.
"""

import atexit
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from deployments.vision.engines import Graphs
from deployments.vision.packs import Pack, PackError, WeightsFile, sha256_of
from deployments.vision.whole_files import alone

# Raised with every change of rewriting.py, so that packs which were prepared before get it. It
# stands here because that module loads onnx.
VERSION: Final = 1

Rewrite = Callable[[Path, Path], bool]

_DIGITS = 16


def graphs_of(pack: Pack, file: WeightsFile) -> Graphs:
    """Return the graphs of a network, made first where they are not there yet.

    Raises PackError for a file that is no network, OSError where not even the temporary folder
    can be written to.
    """
    return graphs_at(pack.path(file), pack.folder, file.loaded_sha256 or file.sha256)


def graphs_at(source: Path, folder: Path, digest: str) -> Graphs:
    """Return the same of a network by its file, the folder it belongs to, and its digest."""
    digits = digest[:_DIGITS]
    try:
        return _graphs(source, folder / "prepared" / digits)
    except OSError:
        # A folder that is read only costs time at each start, and gives the same outputs: a
        # published detector that is fixed at one image would mix the faces of several.
        return _graphs(source, _passing_folder() / digits)


def _graphs(source: Path, name: Path) -> Graphs:
    """Return what is made of a network; `name` is the folder and how each file's name begins."""
    common = _made(source, _step(name, "common"), _free_batch)
    rewritten = _step(name, "rewritten")
    record = rewritten.with_name(f"{rewritten.name}.engine.json")
    return Graphs(common, _made(common, rewritten, _split_prelus), record)


def _step(name: Path, step: str) -> Path:
    return name.with_name(f"{name.name}-{step}-v{VERSION}")


def _made(source: Path, name: Path, rewrite: Rewrite) -> Path:
    if found := _found(source, name):
        return found
    with alone(name):
        # Another process may have made it while this one waited.
        return _found(source, name) or _make(source, name, rewrite)


def _found(source: Path, name: Path) -> Path | None:
    if _same(name).exists():
        return source
    made = sorted(name.parent.glob(f"{name.name}-*.onnx"))
    return next((path for path in made if path.stem.endswith(sha256_of(path)[:_DIGITS])), None)


def _make(source: Path, name: Path, rewrite: Rewrite) -> Path:
    """Write the file, or the note that it would be the same; the caller holds the permit."""
    partial = name.with_name(f".{name.name}.partial")
    try:
        written = _rewritten(rewrite, source, partial)
        _clear(name)
        if written:
            return partial.replace(
                name.with_name(f"{name.name}-{sha256_of(partial)[:_DIGITS]}.onnx")
            )
        _same(name).touch()
        return source
    finally:
        partial.unlink(missing_ok=True)


def _clear(name: Path) -> None:
    """Delete what is damaged or of another version, with the record of its race."""
    step = name.name.rpartition("-")[0]
    for other in name.parent.glob(f"{step}-*"):
        other.unlink()


def _same(name: Path) -> Path:
    return name.with_name(f"{name.name}.same")


def _rewritten(rewrite: Rewrite, source: Path, target: Path) -> bool:
    # It comes with onnx, which is needed once in a pack's life: no later start waits for it.
    from google.protobuf.message import DecodeError

    try:
        return rewrite(source, target)
    except DecodeError as error:
        raise PackError(f"{source} is no ONNX network.") from error


def _free_batch(source: Path, target: Path) -> bool:
    from deployments.vision.rewriting import free_batch  # See _rewritten.

    return free_batch(source, target)


def _split_prelus(source: Path, target: Path) -> bool:
    from deployments.vision.rewriting import split_prelus  # See _rewritten.

    return split_prelus(source, target)


@cache
def _passing_folder() -> Path:
    """Return a folder that is this process's own and goes with it."""
    folder = mkdtemp(prefix="facegraph-prepared-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
