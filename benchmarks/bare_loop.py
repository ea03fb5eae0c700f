"""The limit: the same pipeline on the same photo in one process a core, and no HTTP at all."""

import multiprocessing
from pathlib import Path
from time import perf_counter

from benchmarks.measures.clock import cpu_seconds
from deployments.messages import Photo
from deployments.vision.pipeline import Pipeline
from deployments.vision.preparation import load


def run(photo: bytes, data_dir: Path, *, processes: int, seconds: float) -> tuple[float, float]:
    """Return photos a second over all processes, and CPU milliseconds a photo."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        work = [(photo, data_dir, seconds)] * processes
        results = pool.starmap(_one_process, work, chunksize=1)
    photos = sum(count for count, _, _ in results)
    rate = sum(count / elapsed for count, elapsed, _ in results)
    return rate, 1000 * sum(cpu for _, _, cpu in results) / photos


def _one_process(photo: bytes, data_dir: Path, seconds: float) -> tuple[int, float, float]:
    pipeline = Pipeline(load("opencv_zoo", data_dir), threads=1)
    pipeline.warm_up()
    count, began, cpu = 0, perf_counter(), cpu_seconds()
    while perf_counter() - began < seconds:
        pipeline.analyse([Photo(photo, max_faces=1, embed="largest")])  # As identify asks.
        count += 1
    return count, perf_counter() - began, cpu_seconds() - cpu
