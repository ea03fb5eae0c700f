"""The pipeline as `serve_config.yaml` and the environment describe it, for whoever runs one.

What calibrates has to make templates exactly as what serves does: both put it together here.
"""

from config.settings import Settings
from deployments.arguments import GraphArguments
from deployments.vision import liveness_models
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import prepare


def pipeline_of(
    arguments: GraphArguments, environment: Settings, *, threads: int, gpu_granted: bool
) -> Pipeline:
    """Load pack and liveness model; raises PackError and DeviceUnavailable. It is not warm yet."""
    accepted = environment.accepted_licences
    return Pipeline(
        prepare(arguments.pack, environment.data_dir, accepted),
        threads=threads,
        device=arguments.device,
        engine=arguments.engine,
        gpu_granted=gpu_granted,
        gpu_memory=int(arguments.gpu_memory_gib * 2**30),
        detector_size=arguments.detector_size,
        second_look=arguments.second_look,
        max_pixels=environment.max_image_pixels,
        liveness=liveness_models.load(arguments.liveness, environment.data_dir, accepted),
        decode_seconds=environment.decode_timeout_seconds,
    )
