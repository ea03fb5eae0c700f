"""Installs packs: those of insightface's zoo are downloaded, checked, and appear whole."""

import shutil
import zipfile
import zlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path, PurePosixPath

from deployments.vision import acceptance, packs, zoo
from deployments.vision.catalogue import FROM_ZOO
from deployments.vision.packs import Pack, PackError, WeightsFile
from deployments.vision.preparation import prepare
from deployments.vision.whole_files import alone, appearing


class _NotAsPublished(Exception):
    """The archive does not hold a pack; the text is why, in half a sentence."""


# zipfile raises RuntimeError at a member that is encrypted or packed in a way it does not know.
_UNFIT = (_NotAsPublished, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


def install(
    name: str, data_dir: Path, progress: zoo.Progress, accepted: Collection[str] = ()
) -> Pack:
    """Return the pack of that name ready to load, downloaded first if it has to be.

    Nothing is downloaded before the licence was accepted, in the data directory or by `accepted`.
    Raises PackError, which names the folder and the files to put there without a network.
    """
    if name in FROM_ZOO:
        acceptance.require(FROM_ZOO[name], data_dir, accepted)
        _bring(FROM_ZOO[name], packs.folder_of(name, data_dir), data_dir, progress)
    return prepare(name, data_dir, accepted)


def _bring(pack: Pack, folder: Path, data_dir: Path, progress: zoo.Progress) -> None:
    archive = folder.with_name(f".{pack.name}.zip.partial")
    with alone(folder):
        with suppress(PackError):
            packs.intact(pack.name, data_dir, FROM_ZOO)
            return
        _download(pack, folder, archive, progress)
        _unpack(pack, folder, archive)


def _download(pack: Pack, folder: Path, archive: Path, progress: zoo.Progress) -> None:
    try:
        zoo.fetch(f"{pack.name}.zip", archive, progress)
    except zoo.DownloadFailed as error:
        raise PackError(
            f"Pack {pack.name} could not be downloaded ({error}): run this again, which goes on "
            f"where it stopped, or {_by_hand(pack, folder)}."
        ) from error


def _unpack(pack: Pack, folder: Path, archive: Path) -> None:
    """Take the two networks out of the archive, and throw it away, whatever it held."""
    try:
        with appearing(folder) as partial, zipfile.ZipFile(archive) as members:
            for file in pack.files:
                _extract(members, file, partial / file.name)
    except _UNFIT as error:
        archive.unlink()
        raise PackError(
            f"What was downloaded is not {pack.name} as published ({error}) and was thrown away: "
            f"run this again, or {_by_hand(pack, folder)}."
        ) from error
    archive.unlink()


def _extract(members: zipfile.ZipFile, file: WeightsFile, target: Path) -> None:
    # Archives differ in whether they have a folder. A member's own path is never followed.
    named = [each for each in members.infolist() if PurePosixPath(each.filename).name == file.name]
    if not named:
        raise _NotAsPublished(f"it holds no {file.name}")
    with members.open(named[0]) as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    if packs.sha256_of(target) != file.sha256:
        raise _NotAsPublished(f"{file.name} has another digest")


def _by_hand(pack: Pack, folder: Path) -> str:
    return f"put {' and '.join(file.name for file in pack.files)} into {folder}"
