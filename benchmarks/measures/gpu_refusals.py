"""What an operator is told where the GPU that was asked for is not to be had."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from deployments.vision.engines import DeviceUnavailable, DeviceWish
from deployments.vision.packs import Pack
from deployments.vision.pipeline import Pipeline

_NO_GPU = "-1"


def told(pack: Pack) -> dict[str, str]:
    """Return what is said, or what runs the pack, by what was asked for."""
    return {
        "cuda, none granted": outcome(pack, "cuda", granted=False),
        "auto, none granted": outcome(pack, "auto", granted=False),
        "cuda, granted, and no GPU answers": _where_none_answers(pack, "cuda"),
        "auto, granted, and no GPU answers": _where_none_answers(pack, "auto"),
    }


def outcome(pack: Pack, device: DeviceWish, *, granted: bool) -> str:
    """Return why no pipeline could be had, or what the one that could runs on."""
    try:
        return Pipeline(pack, device=device, gpu_granted=granted).card.engine
    except DeviceUnavailable as unavailable:
        return f"DeviceUnavailable: {unavailable}"


def _where_none_answers(pack: Pack, device: DeviceWish) -> str:
    """Ask in a process of its own, which sees no GPU: whoever has begun with one keeps it."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=_hide_gpus) as blind:
        return blind.submit(outcome, pack, device, granted=True).result()


def _hide_gpus() -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = _NO_GPU
