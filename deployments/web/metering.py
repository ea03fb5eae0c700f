"""What requests leave in the metrics, and what of it stands in their own lines.

No label but `source` holds what a caller wrote: a route is told by its template, a method nobody
knows is `other`, and codes and reasons are those of the error table and of the quality gate. The
name of a source comes here from `Call.counted_source`, which bounds how many there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from starlette.types import Scope

from deployments import errors, instruments
from deployments.errors import FacegraphError, LowQuality
from deployments.messages.embedder import Analysis
from deployments.messages.matcher import Decision
from deployments.policies.policy import CALLERS_OWN
from deployments.sources import Sources
from deployments.web.admission import admission_of
from deployments.web.problem import TABLE, row_of
from deployments.web.timing import STAGES

if TYPE_CHECKING:
    from deployments.web.call import Call

UNMATCHED = "unmatched"
OTHER = "other"
OK = "ok"
ACQUIRED = "acquired"
NO_FACE = "no_face"
FAILED_LOG_INS = (
    errors.InvalidCredentials,
    errors.AccountLocked,
    errors.RateLimited,
    errors.Overloaded,
    errors.Unavailable,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

OF_SOURCES = (
    instruments.source_photos,
    instruments.source_quality,
    instruments.source_similarity,
)

Kind = Literal["compare", "verify", "identify"]

# Of a series that is there from the start the first increase shows.
for _code in {row.code for row in TABLE.values()}:
    instruments.rejects.labels(_code)
for _stage in STAGES:
    instruments.stage_seconds.labels(_stage)
for _outcome in (OK, *(TABLE[each].code for each in FAILED_LOG_INS)):
    instruments.log_ins.labels(_outcome)


class Meter:
    """One request that was let in: under way until it ends."""

    __slots__ = ("_in_flight",)

    def __init__(self, scope: Scope) -> None:
        admission = admission_of(scope)
        self._in_flight = instruments.in_flight.labels(admission.route if admission else UNMATCHED)
        self._in_flight.inc()

    def end(self, route: str, call: "Call") -> None:
        """Count what it took."""
        self._in_flight.dec()
        instruments.request_bytes.labels(route).inc(call.body_bytes)
        instruments.response_bytes.labels(route).inc(call.answer_bytes)
        ran = call.stages.seconds()
        instruments.request_seconds.labels(route).observe(ran.pop("total"))
        for stage, seconds in ran.items():
            instruments.stage_seconds.labels(stage).observe(seconds)


def count(method: str, route: str | None, status: int, code: str | None) -> None:
    """Count a request that has ended, by how it was answered."""
    known = method if method in METHODS else OTHER
    instruments.requests.labels(route or UNMATCHED, known, status).inc()
    if code is not None:
        instruments.rejects.labels(code).inc()


def analysed(call: "Call", analysis: Analysis) -> None:
    """Count what was found in one photo."""
    call.findings.saw(analysis)
    instruments.faces.observe(len(analysis.faces))
    if analysis.faces:
        quality = analysis.faces[0].quality.score
        instruments.quality.observe(quality)
        if (source := call.counted_source()) is not None:
            instruments.source_quality.labels(source).observe(quality)
    for check in (face.liveness for face in analysis.faces):
        if check is not None:
            instruments.liveness.labels("live" if check.live else "attack").inc()
            instruments.liveness_score.observe(check.score)


def acquired(source: str | None, outcome: str = ACQUIRED) -> None:
    """Count a photo of a source: acquired, or why no template could be made of it."""
    if source is None:
        return
    for usual in (ACQUIRED, NO_FACE):
        instruments.source_photos.labels(source, usual)
    instruments.source_photos.labels(source, outcome).inc()


def not_acquired(source: str | None, fault: FacegraphError) -> None:
    """Count one by what is wrong with it, under the first reason of the quality gate."""
    acquired(source, _reasons(fault)[0])


def look_at(sources: Sources) -> None:
    """Say how many sources are told apart at most, and drop the series of those long silent."""
    instruments.sources_most.set(sources.most)
    for name in sources.forget_the_silent():
        for each in OF_SOURCES:
            each.remove_by_labels({"source": name})


def decided(
    call: "Call", kind: Kind, decision: Decision, policy: str | None, similarity: float | None
) -> None:
    """Count a decision, and the similarity that it was made on where that is known.

    Without a policy the threshold was the caller's own.
    """
    call.findings.decided(decision, policy)
    instruments.decisions.labels(kind, decision, policy or CALLERS_OWN).inc()
    if similarity is not None:
        instruments.similarity.labels(kind, decision).observe(similarity)
        if (source := call.counted_source()) is not None:
            instruments.source_similarity.labels(source, decision).observe(similarity)


def not_enrolled(rejection: FacegraphError) -> None:
    """Count a photo that was not enrolled, under each reason that the quality gate gave."""
    for reason in _reasons(rejection):
        instruments.enrolment_rejections.labels(reason).inc()


@contextmanager
def log_in() -> Iterator[None]:
    """Count a log-in by how it ends."""
    try:
        yield
    except FacegraphError as error:
        instruments.log_ins.labels(row_of(error).code).inc()
        raise
    instruments.log_ins.labels(OK).inc()


def _reasons(rejection: FacegraphError) -> tuple[str, ...]:
    gate = rejection.reasons if isinstance(rejection, LowQuality) else ()
    return gate or (row_of(rejection).code,)
