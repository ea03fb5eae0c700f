"""The typed half of `serve_config.yaml`: what `args` and each `user_config` may hold.

Unknown keys and impossible values are refused when the file is read, not when a replica starts.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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
    liveness: str | None = Field(None, min_length=1)


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


TUNING: dict[str, type[_Arguments]] = {"Embedder": EmbedderTuning, "Matcher": MatcherTuning}
