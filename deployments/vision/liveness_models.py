"""A liveness model: a folder with an ONNX network and `liveness.json`, which describes it.

None is shipped: none with a usable licence was at hand, and a check that only looks like one
would be worse than none. Which folder is loaded, `args.liveness` of `serve_config.yaml` says; see
docs/liveness.md.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deployments.messages.embedder import LivenessCard
from deployments.vision import acceptance, licences
from deployments.vision.packs import PackError, folder_of, sha256_of

MANIFEST = "liveness.json"

PerChannel = tuple[float, float, float]
Deviation = Annotated[float, Field(gt=0)]


class LivenessModel(BaseModel):
    """One network and how it wants to be shown faces; every field but `folder` is required.

    `side` is that of its square input in pixels, which takes in `scale` times the longer side of
    a face's box. It gets (value - mean) / std of 0..255, in the order of `channels`. Of the
    outputs of a face, `live_output` counts from 0 and says live; `logits` become probabilities by
    a softmax, or where there is a single one by a sigmoid. From `threshold` on a face is live.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: str = Field(min_length=1)
    file: str = Field(min_length=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    licence: str = Field(min_length=1)
    commercial_use: bool
    side: int = Field(ge=16, le=1024)
    scale: float = Field(ge=1, le=10)
    channels: Literal["RGB", "BGR"]
    mean: PerChannel
    std: tuple[Deviation, Deviation, Deviation]
    outputs: Literal["logits", "probabilities"]
    live_output: int = Field(ge=0)
    threshold: float = Field(ge=0, le=1)
    folder: Path = Field(default=Path(), exclude=True)

    @property
    def path(self) -> Path:
        """Where the network lies: a path in the manifest is from its folder, or absolute."""
        return self.folder / self.file

    @property
    def card(self) -> LivenessCard:
        """The model as `GET /v1/models` tells of it."""
        return LivenessCard(
            name=self.name,
            digest=f"sha256:{self.sha256}",
            licence=self.licence,
            commercial_use=self.commercial_use,
            threshold=self.threshold,
        )


def load(name: str | None, data_dir: Path, accepted: Collection[str] = ()) -> LivenessModel | None:
    """Return the model of that name or folder, once its digest was seen to match; None for None.

    A bare name lies in `models` of the data directory, as packs do, and its licence is judged as
    theirs are; `accepted` names licences accepted elsewhere than there. Raises PackError.
    """
    if name is None:
        return None
    model = _read(folder_of(name, data_dir))
    _require_intact(model)
    if not acceptance.is_accepted(model, data_dir, accepted):
        raise PackError(
            f"Liveness model {model.name} is not for commercial use, and its licence "
            f"{model.licence} was not accepted here: read it where the model came from, then set "
            f"FACEGRAPH_ACCEPTED_LICENCES={model.licence}."
        )
    return model


def _read(folder: Path) -> LivenessModel:
    manifest = folder / MANIFEST
    try:
        read = LivenessModel.model_validate_json(manifest.read_bytes())
    except OSError:
        raise PackError(f"{folder} is no liveness model: {MANIFEST} cannot be read.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PackError(f"{manifest} cannot be read: {where} {first['msg']}.") from None
    licence = licences.licence_of(read.licence, commercial_use=read.commercial_use)
    if licence.commercial_use != read.commercial_use:
        raise PackError(f"{manifest} contradicts its licence {licence.name} on commercial_use.")
    return read.model_copy(update={"folder": folder})


def _require_intact(model: LivenessModel) -> None:
    if not model.path.is_file():
        raise PackError(f"Liveness model {model.name} is incomplete: {model.path} is missing.")
    if sha256_of(model.path) != model.sha256:
        raise PackError(
            f"Liveness model {model.name} is damaged: {model.path} is not what its manifest says."
        )
