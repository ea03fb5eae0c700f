"""The Embedder node: photos in, faces and unit vectors out, on the threads it was given."""

from dataclasses import replace
from typing import Any

import ray
import structlog
from ray import serve
from ray.serve.handle import DeploymentHandle

from config.logs import configure_logs
from config.settings import settings
from config.standard_logs import adopt as adopt_standard_logs
from deployments import instruments, reporting, tracing
from deployments.arguments import EmbedderTuning, GraphArguments
from deployments.assembly import pipeline_of
from deployments.ending import last_words
from deployments.errors import FacegraphError
from deployments.messages.embedder import Analysis, ModelCard, Photo
from deployments.remote import teller
from deployments.vision.batching import Batcher

log = structlog.get_logger("facegraph.embedder")


@serve.deployment(name="Embedder")
class Embedder:
    """One copy of the model and the batcher in front of it; lives as long as its replica."""

    def __init__(self, arguments: GraphArguments, telemetry: DeploymentHandle) -> None:
        environment = settings()
        configure_logs(environment.log_level)
        adopt_standard_logs(FacegraphError)
        tracing.start("Embedder")
        self._pipeline = pipeline_of(
            arguments, environment, threads=granted_threads(), gpu_granted=gpu_granted()
        )
        self._pipeline.warm_up()
        _tell(self._pipeline.card)
        _show(self._pipeline.card)
        self._batcher = Batcher[Photo, Analysis](
            self._pipeline.analyse,
            instruments.batch_size.observe,
            **EmbedderTuning().model_dump(),
        )
        reporting.begin("Embedder", teller(telemetry), self._look)

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
        stages = {"queue": served.queue_seconds, **served.result.stages}
        return replace(served.result, stages=stages)

    async def card(self) -> ModelCard:
        """Describe the pack that is loaded and what runs it."""
        return self._pipeline.card

    def check_health(self) -> None:
        """Fail when the batcher died: nothing would ever be answered again."""
        if not self._batcher.alive():
            raise RuntimeError("the batcher is not running")

    def _look(self) -> None:
        instruments.queue_depth.labels("Embedder").set(self._batcher.depth)

    def __del__(self) -> object:
        """Ray awaits what it is given, once nothing more will be asked of the replica."""
        return last_words()


def _tell(card: ModelCard) -> None:
    """Log what this replica runs, and that presentation attacks pass where nothing stops them."""
    liveness = card.liveness.name if card.liveness else "no model: nothing is checked"
    log.info("ready", pack=card.model.pack, device=card.device, liveness=liveness)


def _show(card: ModelCard) -> None:
    """Tell the metrics which model runs here and on what."""
    model = card.model
    instruments.model_info.labels(model.pack, model.digest, card.device, card.engine).set(1)


def granted_threads() -> int:
    """Return the threads this replica may use, by the CPUs that Ray granted it."""
    granted = ray.get_runtime_context().get_assigned_resources()
    return threads_of(granted.get("CPU", 1))


def threads_of(cpus: float) -> int:
    """Return the threads of a share of CPUs: the whole ones, at least one."""
    return max(1, int(cpus))


def gpu_granted() -> bool:
    """Tell whether Ray granted this replica a GPU or a share of one."""
    return bool(ray.get_runtime_context().get_accelerator_ids().get("GPU"))
