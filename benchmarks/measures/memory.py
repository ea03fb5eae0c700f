"""What a process weighs once a pipeline is loaded and has seen a photo."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import psutil

from benchmarks.subjects import shipped
from deployments.vision.engines import EngineWish
from deployments.vision.packs import Pack


def pss_megabytes(pack: Pack, photo: bytes, engine: EngineWish) -> float:
    """Return the proportional set size of a fresh process that holds nothing but the pipeline."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_loaded, pack, photo, engine).result()


def _loaded(pack: Pack, photo: bytes, engine: EngineWish) -> float:
    pipeline = shipped.open_pipeline(pack, engine=engine)
    shipped.identified(pipeline, photo)
    here = psutil.Process()
    processes = [here, *here.children(recursive=True)]  # Photos are decoded in the others.
    return sum(process.memory_full_info().pss for process in processes) / 1e6
