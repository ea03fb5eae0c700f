"""The typed half of `serve_config.yaml`: what `args` and each `user_config` may hold.

Unknown keys and impossible values are refused when the file is read, not when a replica starts.
"""

from operator import attrgetter
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from deployments.messages.accounts import Role
from deployments.messages.limits import Window
from deployments.rate_limit import window


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


class Grant(_Arguments):
    """What somebody may do here whose token says `value` in the claim of this (dotted) name.

    The claim is a text or a list of texts. `collections_claim` names one that lists the collections
    granted besides.
    """

    claim: str
    value: str
    role: Role
    collections: tuple[str, ...] = ()
    collections_claim: str | None = None
    scopes: tuple[Literal["scores", "embeddings"], ...] = ()


class IdentityProviderArguments(_Arguments):
    """A company's own issuer of tokens; `jwks` is where its public keys are, an address or a file.

    The first of the grants that fits a token is the one that counts.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks: str
    algorithms: tuple[Literal["RS256", "ES256"], ...] = Field(("RS256",), min_length=1)
    longest_lifetime_seconds: int = Field(3600, ge=1, le=86400)
    grants: tuple[Grant, ...] = Field(min_length=1)

    @field_validator("name", "issuer")
    @classmethod
    def _not_ours(cls, name: str) -> str:
        """Refuse the name of service keys, and the issuer of the service's own tokens."""
        if name in {"key", "facegraph"}:
            raise ValueError("is a name of the service's own")
        return name

    @field_validator("jwks")
    @classmethod
    def _out_of_reach(cls, jwks: str) -> str:
        """Refuse an address whose answer somebody on the way could replace."""
        address = urlsplit(jwks)
        if address.scheme == "http" and address.hostname not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("keys are fetched by https, or from this machine")
        return jwks


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
    log_in_address: Windows = (Window(30, 60),)
    refresh: Windows = (Window(60, 60),)
    hashing: Windows = (Window(600, 60),)
    address: Windows = (Window(600, 1),)


class CapacityArguments(_Arguments):
    """How much work may be under way in the whole service before more is refused."""

    burst: int = Field(64, ge=1, le=10_000)
    queue_seconds: float = Field(0.4, gt=0, le=5)


class IngressTuning(_Arguments):
    """`user_config` of the Ingress; reaches running replicas."""

    rate_limits: RateLimits = RateLimits()
    capacity: CapacityArguments = CapacityArguments()
    sources: int = Field(100, ge=0, le=1000)
    identity_providers: tuple[IdentityProviderArguments, ...] = ()

    @field_validator("identity_providers")
    @classmethod
    def _told_apart(
        cls, providers: tuple[IdentityProviderArguments, ...]
    ) -> tuple[IdentityProviderArguments, ...]:
        for field in ("name", "issuer"):
            if len({getattr(each, field) for each in providers}) < len(providers):
                raise ValueError(f"two identity providers have the same {field}")
        return providers


class EmbedderTuning(_Arguments):
    """`user_config` of the Embedder; reaches running replicas."""

    max_batch_size: int = Field(8, ge=1, le=256)
    max_wait_seconds: float = Field(0.0, ge=0, le=1)
    max_queued: int = Field(128, ge=1)


class VerificationAttempts(_Arguments):
    """How often in a row somebody may fail to be verified as one identity.

    After `free` failures there is a delay, which doubles with each further one; at the hard stop it
    has no end, until an enroller lets the identity be tried again.
    """

    free: int = Field(5, ge=1, le=100)
    delay_seconds: float = Field(30.0, gt=0, le=86400)
    longest_delay_seconds: float = Field(3600.0, gt=0, le=86400)
    hard_stop: int = Field(50, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.hard_stop < self.free or self.longest_delay_seconds < self.delay_seconds:
            raise ValueError("the hard stop comes after the free failures, the longest delay last")
        return self


class MatcherTuning(_Arguments):
    """`user_config` of the Matcher; reaches running replicas."""

    pool_size: int = Field(8, ge=1, le=1000)
    statement_timeout_seconds: float = Field(5.0, gt=0)
    ef_search: int = Field(100, ge=1, le=1000)
    compare_all_up_to: int = Field(1_000_000, ge=0)
    ambiguity_margin: float = Field(0.02, ge=0, le=2)
    verification_attempts: VerificationAttempts = VerificationAttempts()


TUNING: dict[str, type[_Arguments]] = {
    "Ingress": IngressTuning,
    "Embedder": EmbedderTuning,
    "Matcher": MatcherTuning,
}
