"""The typed half of `serve_config.yaml`: what `args` and each `user_config` may hold.

Unknown keys and impossible values are refused when the file is read, not when a replica starts.
"""

from operator import attrgetter
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from deployments.messages import Window
from deployments.web.rate_limit import window


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GraphArguments(_Arguments):
    """`args`: which model runs where; a change restarts replicas."""

    pack: str = "opencv_zoo"
    device: Literal["auto", "cpu", "cuda", "tensorrt"] = "auto"
    engine: Literal["auto", "onnxruntime", "openvino"] = "auto"
    gpu_memory_gib: float = Field(2.0, ge=0.25)
    detector_size: int = Field(640, ge=320, le=1920, multiple_of=32)
    second_look: bool = True


def _windows(written: list[str]) -> tuple[Window, ...]:
    if len({each.seconds for each in map(window, written)}) < len(written):
        raise ValueError("of two limits over the same time the smaller would do")
    return tuple(sorted(map(window, written), key=attrgetter("seconds")))


Windows = Annotated[tuple[Window, ...], BeforeValidator(_windows)]


class RateLimits(_Arguments):
    """How often what may be asked, like `["300/second", "5000/hour"]`; an empty list: no limit."""

    image: Windows = (Window(300, 1),)
    other: Windows = (Window(300, 1),)
    log_in: Windows = (Window(60, 60),)
    refresh: Windows = (Window(60, 60),)
    hashing: Windows = (Window(600, 60),)
    rotation: Windows = (Window(100, 1),)
    address: Windows = (Window(600, 1),)


class IngressTuning(_Arguments):
    """`user_config` of the Ingress; reaches running replicas."""

    rate_limits: RateLimits = RateLimits()


class EmbedderTuning(_Arguments):
    """`user_config` of the Embedder; reaches running replicas."""

    max_batch_size: int = Field(8, ge=1, le=256)
    max_wait_seconds: float = Field(0.0, ge=0, le=1)
    max_queued: int = Field(128, ge=1)


class MatcherTuning(_Arguments):
    """`user_config` of the Matcher; reaches running replicas."""

    pool_size: int = Field(8, ge=1, le=1000)
    statement_timeout_seconds: float = Field(5.0, gt=0)
    ef_search: int = Field(100, ge=1, le=1000)
    ambiguity_margin: float = Field(0.02, ge=0, le=2)


TUNING: dict[str, type[_Arguments]] = {
    "Ingress": IngressTuning,
    "Embedder": EmbedderTuning,
    "Matcher": MatcherTuning,
}
