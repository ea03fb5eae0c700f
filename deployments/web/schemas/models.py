"""The model card, and the state of the service."""

from typing import Literal

from deployments.messages.embedder import ModelCard
from deployments.policies.built_in import PROVISIONAL, own_threshold
from deployments.web.schemas.base import Listing, Sent


class ModelFileOut(Sent):
    """One weights file, by the digest of what was published."""

    role: Literal["detector", "recogniser"]
    name: str
    sha256: str


class Thresholds(Sent):
    """The similarities at which a pack says yes until it is calibrated."""

    verify: float
    identify: float
    policy: str


class LivenessOut(Sent):
    """The liveness model that is loaded, and the score from which on a face is live."""

    name: str
    digest: str
    licence: str
    commercial_use: bool
    threshold: float


class ModelCardOut(Sent):
    """The pack that is serving, what may be done with it, and what it runs on.

    `pipeline` is what policies are bound to, besides the digest.

    `liveness` is null where no such model is loaded: presentation attacks then pass.
    """

    pack: str
    digest: str
    dimension: int
    pipeline: str
    licence: str
    commercial_use: bool
    files: list[ModelFileOut]
    device: str
    engine: str
    thresholds: Thresholds
    liveness: LivenessOut | None

    @classmethod
    def of(cls, card: ModelCard) -> "ModelCardOut":
        """Show a pack."""
        model = card.model
        return cls(
            pack=model.pack,
            digest=model.digest,
            dimension=model.dimension,
            pipeline=model.pipeline,
            licence=card.licence,
            commercial_use=card.commercial_use,
            files=[ModelFileOut.model_validate(file) for file in card.files],
            device=card.device,
            engine=card.engine,
            thresholds=Thresholds(
                verify=own_threshold(model),
                identify=model.identify_threshold,
                policy=PROVISIONAL,
            ),
            liveness=LivenessOut.model_validate(card.liveness) if card.liveness else None,
        )


class ModelList(Listing[ModelCardOut]):
    """The packs that are serving."""


class Health(Sent):
    """The service answers; readiness tells of each check besides."""

    status: Literal["ok"] = "ok"


class Readiness(Health):
    """Every check of the service, by name."""

    checks: dict[str, Literal["ok"]]
