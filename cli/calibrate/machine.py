"""The pipelines of a run, as `serve_config.yaml` and the environment describe the served one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from cli.calibrate.wanted import Wanted
from config.settings import Settings
from deployments.arguments import GraphArguments
from deployments.assembly import pipeline_of
from deployments.messages.gallery import ModelBinding
from deployments.vision.canary import CanaryFailed
from deployments.vision.engines import DeviceUnavailable
from deployments.vision.pipeline import Pipeline
from evaluation.calibration.acquisition import Acquirer
from evaluation.calibration.cache import Cache
from evaluation.calibration.findings import Machinery
from evaluation.calibration.machinery import cache_key, machinery_of
from evaluation.calibration.samples import Unusable
from evaluation.calibration.workers import Workers


@dataclass(frozen=True, slots=True)
class Plan:
    """Pipelines of the graph's arguments, on so many cores or on a GPU that Ray would grant."""

    arguments: GraphArguments
    threads: int
    gpu_granted: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """What makes templates, and what it is."""

    acquirer: Acquirer
    machinery: Machinery

    @property
    def model(self) -> ModelBinding:
        """The pack as collections remember theirs."""
        about = self.machinery
        return ModelBinding(about.pack, about.pack_digest, about.dimension, about.pipeline)


def plan_of(environment: Settings, pack: str | None, threads: int) -> Plan:
    """Read the graph's configuration, of which a pack may take the place; raises Unusable."""
    # Ray comes with it, and no other way of calibrating needs Ray.
    from deployments.configuration import ConfigurationRefused, gpus_asked, read

    try:
        schema = read(environment.serve_config)
    except ConfigurationRefused as error:
        raise Unusable(str(error)) from error
    arguments = GraphArguments.model_validate(schema.applications[0].args)
    changed = {"pack": pack} if pack is not None else {}
    # Whether a face is live moves no vector.
    arguments = arguments.model_copy(update=changed | {"liveness": None})
    return Plan(arguments, threads, gpu_granted=gpus_asked(schema) > 0)


@contextmanager
def machine(wanted: Wanted, plan: Plan, environment: Settings) -> Iterator[Machine]:
    """Load a pipeline a core, and let them go; raises PackError, and Unusable where one fails."""
    pipelines = _pipelines(plan, environment)
    machinery = machinery_of(pipelines[0].card, wanted.quality)
    key = cache_key(
        machinery,
        max_bytes=environment.max_image_bytes,
        max_pixels=environment.max_image_pixels,
        decode_seconds=environment.decode_timeout_seconds,
    )
    with closing(Workers([each.analyse for each in pipelines])) as workers:
        cache = Cache(wanted.cache, key)
        acquirer = Acquirer(workers.analyse, wanted.quality, cache, environment.max_image_bytes)
        yield Machine(acquirer, machinery)


def _pipelines(plan: Plan, environment: Settings) -> list[Pipeline]:
    """Return one a core: two on a thread each are faster than one on two."""
    try:
        first = _pipeline(plan, environment)
        others = 0 if first.card.device != "cpu" else plan.threads - 1
        return [first, *(_pipeline(plan, environment) for _ in range(others))]
    except (DeviceUnavailable, CanaryFailed) as error:
        raise Unusable(str(error)) from error


def _pipeline(plan: Plan, environment: Settings) -> Pipeline:
    pipeline = pipeline_of(plan.arguments, environment, threads=1, gpu_granted=plan.gpu_granted)
    pipeline.warm_up()
    return pipeline
