"""The packs that can be measured here: those in the data directory, and the stand-in beside."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.subjects.photographs import SHARED
from config.settings import settings
from deployments.vision.catalogue import DEFAULT, KNOWN
from deployments.vision.packs import Pack, PackError, Role
from deployments.vision.preparation import adopt, load, prepare

STANDIN = SHARED / "models" / "buffalo_sc"
STANDIN_NAME = "buffalo_sc stand-in"


@dataclass(frozen=True, slots=True)
class AtHand:
    """A pack that loads, by the name reports give it, and a folder with its plain networks.

    Plain: fp32, with PRelu and all, before any rewriting: `detector.onnx`, `recogniser.onnx`.
    """

    name: str
    pack: Pack
    plain: Path


def packs_at_hand(folder: Path) -> list[AtHand]:
    """Return every pack that can be measured; what has to be made for that goes into `folder`."""
    packs = {DEFAULT: prepare(DEFAULT, folder)}
    for name in sorted(set(KNOWN) - {DEFAULT}):
        try:
            packs[name] = load(name, settings().data_dir, settings().accepted_licences)
        except PackError:
            continue
    if STANDIN.is_dir():
        packs[STANDIN_NAME] = _stand_in(folder / "stand_in")
    return [
        AtHand(name, pack, plain_networks(pack, folder / f"plain {name}"))
        for name, pack in packs.items()
    ]


def missing(present: Collection[str]) -> list[str]:
    """Return the known packs that are not among those present."""
    return [name for name in KNOWN if name not in present]


def _stand_in(folder: Path) -> Pack:
    weights: dict[Role, Path] = {
        "detector": STANDIN / "det_500m.onnx",
        "recogniser": STANDIN / "w600k_mbf.onnx",
    }
    adopted = adopt(replace(KNOWN["buffalo_sc"], name="stand_in"), folder, weights)
    # It lies where it lies for tests and measurement alone, which its licence allows.
    return load(str(folder), folder, {adopted.licence})


def plain_networks(pack: Pack, folder: Path) -> Path:
    """Link a pack's networks into a folder by their roles, as stock opens them; returns it."""
    folder.mkdir(exist_ok=True)
    for file in pack.files:
        (folder / f"{file.role}.onnx").symlink_to(pack.path(file).resolve())
    return folder
