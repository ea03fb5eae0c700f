"""A model pack: a folder with a detector, a recogniser and `manifest.json`, which describes them.

A pack is told apart by the digest of the files as they were published, so it has the same digest
on every machine, whatever was prepared from them. The files that are really loaded are checked
against the manifest each time, which costs about 0.1 s for the default pack.

A custom pack is a folder of your own, named by its path or put beside the others. Its manifest
is the JSON of a `Pack` without `folder`; `path` of a file may lead out of the folder. See
docs/packs.md. Whether a pack may be loaded at all is for `acceptance` to say.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from deployments.messages.embedder import Model, ModelFile
from deployments.vision import licences

MANIFEST = "manifest.json"
PREPARABLE: Final = "opencv_zoo"  # The one pack that we can make; the others are put in place.

Role = Literal["detector", "recogniser"]
Kind = Literal["yunet", "scrfd", "sface", "arcface"]


class PackError(Exception):
    """A pack, or a liveness model, cannot be used.

    The sentence is for the operator, names the folder and what to do.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """One network: the file that was published, and the one that is loaded in its place.

    `kind` names the pre- and post-processing it needs. `path` is relative to the pack's folder or
    absolute. Where nothing was prepared, `path` and `loaded_sha256` are empty and the published
    name and digest hold.
    """

    role: Role
    kind: Kind
    name: str
    sha256: str
    path: str = ""
    loaded_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Two networks that belong together, their licence, and provisional thresholds (cosine).

    `licence` is the short name of a licence, see `licences`.
    """

    name: str
    licence: str
    commercial_use: bool
    dimension: int
    verify_threshold: float
    identify_threshold: float
    files: tuple[WeightsFile, ...]
    folder: Path = Path()

    @property
    def detector(self) -> WeightsFile:
        """The network that finds faces."""
        return self._file("detector")

    @property
    def recogniser(self) -> WeightsFile:
        """The network that makes vectors."""
        return self._file("recogniser")

    @property
    def digest(self) -> str:
        """Digest of what was published: `sha256:` and 64 hexadecimal digits."""
        lines = sorted(f"{file.role}:{file.sha256}\n" for file in self.files)
        return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def model(self) -> Model:
        """The pack as answers name it."""
        return Model(
            self.name, self.digest, self.dimension, self.verify_threshold, self.identify_threshold
        )

    @property
    def published(self) -> tuple[ModelFile, ...]:
        """The files as the model card lists them."""
        return tuple(ModelFile(file.role, file.name, file.sha256) for file in self.files)

    def path(self, file: WeightsFile) -> Path:
        """Return where the file that is loaded lies."""
        return self.folder / (file.path or file.name)

    def _file(self, role: Role) -> WeightsFile:
        return next(file for file in self.files if file.role == role)


_MANIFEST_FORMAT = TypeAdapter(Pack)
_NONE_KNOWN: Final[Mapping[str, Pack]] = MappingProxyType({})


def folder_of(name: str, data_dir: Path) -> Path:
    """Return the folder of a pack: a bare name lies in the data directory, else it is a path."""
    return data_dir / "models" / name if Path(name).name == name else Path(name)


def intact(name: str, data_dir: Path, known: Mapping[str, Pack] = _NONE_KNOWN) -> Pack:
    """Return the pack of that name, or of that folder, once every file's digest was seen to match.

    `known` are packs as they were published, by name. Each name is reserved for its pack, wherever
    that lies, and the folder of that name needs no manifest. Raises PackError.
    """
    pack = described(name, data_dir, known)
    for file in pack.files:
        _check(pack, file, known)
    return pack


def described(name: str, data_dir: Path, known: Mapping[str, Pack] = _NONE_KNOWN) -> Pack:
    """Return the pack as its manifest describes it, without a look at the files; PackError."""
    folder = folder_of(name, data_dir)
    if name in known and not (folder / MANIFEST).exists():
        return replace(known[name], folder=folder)
    pack = _read(folder / MANIFEST)
    if published := known.get(name) or known.get(pack.name):
        pack = _as_published(folder, pack, published)
    if sorted(file.role for file in pack.files) != ["detector", "recogniser"]:
        raise PackError(f"{folder / MANIFEST} must name one detector and one recogniser.")
    pack = replace(pack, folder=folder)
    require_true_licence(pack, known)
    return pack


def require_true_licence(pack: Pack, known: Mapping[str, Pack]) -> None:
    """Raise PackError where a known pack's file stands under an open licence that is not its own.

    A licence of a name that we do not know may be one that was bought, and is taken at its word.
    """
    if not pack.commercial_use or pack.licence not in licences.KNOWN:
        return
    strict = [each for each in known.values() if not each.commercial_use]
    owners = {file.sha256: each for each in strict for file in each.files}
    for file in pack.files:
        if owner := owners.get(file.sha256) or owners.get(file.loaded_sha256):
            raise PackError(
                f"{pack.folder / MANIFEST} puts {file.name} under {pack.licence}, and it was "
                f"published under {owner.licence}: name that licence, or the one you bought."
            )


def write_manifest(pack: Pack) -> None:
    """Write the manifest into the pack's folder, which must exist."""
    content = _MANIFEST_FORMAT.dump_json(pack, indent=2, exclude={"folder"})
    (pack.folder / MANIFEST).write_bytes(content + b"\n")


def sha256_of(path: Path) -> str:
    """Return the digest of a file as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(manifest: Path) -> Pack:
    try:
        pack = _MANIFEST_FORMAT.validate_json(manifest.read_bytes())
    except FileNotFoundError:
        raise PackError(f"{manifest.parent} is no model pack: {MANIFEST} is missing.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{manifest} cannot be read: {where} {first['msg']}.") from None
    licence = licences.KNOWN.get(pack.licence)
    if licence and licence.commercial_use != pack.commercial_use:
        raise PackError(f"{manifest} contradicts its licence {licence.name} on commercial_use.")
    return pack


def _as_published(folder: Path, pack: Pack, published: Pack) -> Pack:
    """Return the published pack, with the files that were prepared from it as a manifest tells.

    All else the manifest says is passed over, its licence first of all.
    """
    if pack.digest != published.digest:
        raise PackError(
            f"{folder} is not {published.name} as published; a custom pack has its own name."
        )
    return replace(published, files=pack.files)


def _remedy(pack: Pack, known: Mapping[str, Pack], folder: Path) -> str:
    if pack.name == PREPARABLE:
        return f"Run `facegraph models prepare {pack.name}`."
    names = " and ".join(file.name for file in pack.files if pack.path(file).parent == folder)
    if pack.name not in known:
        return f"Put {names} into {folder}."
    return f"Run `facegraph models install {pack.name}`, or put {names} into {folder}."


def _check(pack: Pack, file: WeightsFile, known: Mapping[str, Pack]) -> None:
    path = pack.path(file)
    remedy = _remedy(pack, known, path.parent)
    if not path.is_file():
        raise PackError(f"Pack {pack.name} is incomplete: {path} is missing. {remedy}")
    if sha256_of(path) != (file.loaded_sha256 or file.sha256):
        raise PackError(f"Pack {pack.name} is damaged: {path} is not what was recorded. {remedy}")
