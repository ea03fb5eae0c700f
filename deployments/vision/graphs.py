"""The files a network is loaded from: what was published, made ready for this machine's engines.

They lie in `prepared/` beside the pack's manifest and can be deleted at any time. A name holds the
digests of what the file was made from and of itself, so damage is seen and mended.
"""

import os
from pathlib import Path

from deployments.vision.engines import Graphs
from deployments.vision.packs import Pack, PackError, WeightsFile, sha256_of

_DIGITS = 16


def graphs_of(pack: Pack, file: WeightsFile) -> Graphs:
    """Return the graphs of a network; the published alone where its folder cannot be written to.

    Raises PackError for a file that is no network.
    """
    source, digest = pack.path(file), (file.loaded_sha256 or file.sha256)[:_DIGITS]
    folder = pack.folder / "prepared"
    try:
        common = _made(source, folder, f"{digest}-common", "free_batch")
        return Graphs(common, _made(common, folder, f"{digest}-rewritten", "split_prelus"))
    except OSError:
        return Graphs(source, source)


def _made(source: Path, folder: Path, name: str, rewrite: str) -> Path:
    for made in sorted(folder.glob(f"{name}-*.onnx")):
        if sha256_of(made).startswith(made.stem.rpartition("-")[2]):
            return made
        made.unlink()
    folder.mkdir(exist_ok=True)
    partial = folder / f".{name}.{os.getpid()}.partial"
    try:
        if not _rewritten(rewrite, source, partial):
            partial.symlink_to(source.resolve())
        return partial.replace(folder / f"{name}-{sha256_of(partial)[:_DIGITS]}.onnx")
    finally:
        partial.unlink(missing_ok=True)


def _rewritten(rewrite: str, source: Path, target: Path) -> bool:
    # They load onnx, which is needed once in a pack's life: no later start waits for it.
    from google.protobuf.message import DecodeError

    from deployments.vision import rewriting

    written: bool
    try:
        written = getattr(rewriting, rewrite)(source, target)
    except DecodeError as error:
        raise PackError(f"{source} is no ONNX network.") from error
    return written
