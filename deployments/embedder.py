"""The Embedder node: photos in, faces and unit vectors out, on the threads it was given."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import ray
import structlog
from ray import serve
from ray.serve import metrics

from config.logs import configure_logs, make_discreet
from config.settings import settings
from deployments import tracing
from deployments.arguments import EmbedderTuning, GraphArguments
from deployments.errors import FacegraphError
from deployments.messages import Analysis, Liveness, ModelCard, Photo
from deployments.vision import liveness_models
from deployments.vision.batching import Batcher
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import prepare

BATCH_SIZES: Final = [1, 2, 4, 8, 16, 32, 64, 128, 256]
SCORES: Final = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0]

log = structlog.get_logger("facegraph.embedder")


@serve.deployment(name="Embedder")
class Embedder:
    """One copy of the model and the batcher in front of it; lives as long as its replica."""

    def __init__(self, arguments: GraphArguments) -> None:
        environment = settings()
        configure_logs(environment.log_format, environment.log_level)
        make_discreet("ray.serve", expected=FacegraphError)
        tracing.start("Embedder")
        accepted = environment.accepted_licences
        self._pipeline = Pipeline(
            prepare(arguments.pack, environment.data_dir, accepted),
            threads=granted_threads(),
            device=arguments.device,
            engine=arguments.engine,
            gpu_granted=gpu_granted(),
            gpu_memory=int(arguments.gpu_memory_gib * 2**30),
            detector_size=arguments.detector_size,
            second_look=arguments.second_look,
            max_pixels=environment.max_image_pixels,
            liveness=liveness_models.load(arguments.liveness, environment.data_dir, accepted),
            decode_seconds=environment.decode_timeout_seconds,
        )
        self._pipeline.warm_up()
        _tell(self._pipeline.card)
        batch_sizes = metrics.Histogram(
            "facegraph_batch_size", "Photos in one batch.", boundaries=BATCH_SIZES
        )
        self._queue_depth = metrics.Gauge("facegraph_queue_depth", "Photos waiting for a run.")
        self._model_info = _model_info(self._pipeline.card)
        self._presentations = _Presentations()
        self._batcher = Batcher[Photo, Analysis](
            self._pipeline.analyse, batch_sizes.observe, **EmbedderTuning().model_dump()
        )

    def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Take a changed `user_config`; it holds from the next batch."""
        tuning = EmbedderTuning.model_validate(user_config)
        self._batcher.max_batch_size = tuning.max_batch_size
        self._batcher.max_wait_seconds = tuning.max_wait_seconds
        self._batcher.max_queued = tuning.max_queued

    async def analyse(self, photo: Photo, budget: float) -> Analysis:
        """Find, judge and embed the faces of one photo within `budget` seconds."""
        with tracing.received("embedder.analyse", photo.origin):
            # The stages of the pipeline, in its thread, belong below what runs here.
            photo = replace(photo, origin=tracing.origin())
            served = await self._batcher.submit(photo, budget, photo.flow)
        self._presentations.count([face.liveness for face in served.result.faces])
        stages = {"queue": served.queue_seconds, **served.result.stages}
        return replace(served.result, stages=stages)

    async def card(self) -> ModelCard:
        """Describe the pack that is loaded and what runs it."""
        return self._pipeline.card

    def check_health(self) -> None:
        """Fail when the batcher died: nothing would ever be answered again.

        Ray asks every few seconds, which is when both gauges are told anew.
        """
        self._queue_depth.set(self._batcher.depth)
        self._model_info.set(1)
        if not self._batcher.alive():
            raise RuntimeError("the batcher is not running")

    def __del__(self) -> None:
        """Ray calls it, once, when nothing more will be asked of the replica."""
        tracing.stop()


class _Presentations:
    """The faces whose liveness was checked, counted by what was decided and by their score."""

    def __init__(self) -> None:
        self._decisions = metrics.Counter(
            "facegraph_liveness", "Faces checked for liveness.", tag_keys=("decision",)
        )
        self._scores = metrics.Histogram(
            "facegraph_liveness_score", "How sure a face is live, 0 to 1.", boundaries=SCORES
        )

    def count(self, checks: Iterable[Liveness | None]) -> None:
        """Count the faces of one photo; None is a face that nothing checked."""
        for check in checks:
            if check is not None:
                self._decisions.inc(tags={"decision": "live" if check.live else "attack"})
                self._scores.observe(check.score)


def _tell(card: ModelCard) -> None:
    """Log what this replica runs, and that presentation attacks pass where nothing stops them."""
    liveness = card.liveness.name if card.liveness else "no model: nothing is checked"
    log.info("ready", pack=card.model.pack, device=card.device, liveness=liveness)


def _model_info(card: ModelCard) -> metrics.Gauge:
    """Return the gauge, always 1, whose tags tell which model runs here and on what."""
    info = metrics.Gauge(
        "facegraph_model_info",
        "The model a replica runs; the tags tell, the value is 1.",
        tag_keys=("pack", "digest", "device", "engine"),
    )
    info.set_default_tags(
        {
            "pack": card.model.pack,
            "digest": card.model.digest,
            "device": card.device,
            "engine": card.engine,
        }
    )
    return info


def granted_threads() -> int:
    """Return the threads this replica may use: the whole CPUs Ray granted it, at least one."""
    granted = ray.get_runtime_context().get_assigned_resources()
    return max(1, int(granted.get("CPU", 1)))


def gpu_granted() -> bool:
    """Tell whether Ray granted this replica a GPU or a share of one."""
    return bool(ray.get_runtime_context().get_accelerator_ids().get("GPU"))
