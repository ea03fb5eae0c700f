"""Domain errors: what went wrong, and the data that tells it.

Which HTTP answer each becomes stands in one place, `deployments/web/problem.py`. They cross
handles and are rebuilt from `args` alone, so every constructor takes positional data. Details are
sentences for the caller and never hold a path, a query, a token or a vector.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deployments.messages.limits import Quota


class FacegraphError(Exception):
    """The root of all of them; `detail` is the sentence the caller reads."""

    @property
    def detail(self) -> str:
        """The sentence the caller reads."""
        return str(self.args[0]) if self.args else ""


class RetryLater(FacegraphError):
    """The same request may succeed after `retry_after` seconds.

    Nothing was done, except where an answer was lost on its way: that is Unavailable.
    """

    def __init__(self, detail: str, retry_after: float = 1.0) -> None:
        super().__init__(detail, retry_after)
        self.retry_after = retry_after


# The request itself


class InvalidRequest(FacegraphError):
    """The body or an option is malformed or unknown; `field` names it where one is to blame."""

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail, field)
        self.field = field


class InvalidCursor(FacegraphError):
    """A cursor this service did not issue, or issued for another list."""


class ValidationFailed(FacegraphError):
    """Well-formed, but a value is out of its range: `(field, code, detail)` each."""

    def __init__(self, detail: str, errors: tuple[tuple[str, str, str], ...] = ()) -> None:
        super().__init__(detail, errors)
        self.errors = errors


class RequestTooSlow(FacegraphError):
    """The body did not arrive in time."""


class BodyTooLarge(FacegraphError):
    """More bytes than the route takes."""


class UnsupportedMediaType(FacegraphError):
    """Bytes or a content type the route does not read."""


# Who asks


class Unauthenticated(FacegraphError):
    """No token, or one this service did not issue."""


class InvalidCredentials(FacegraphError):
    """User name and password do not match, or the refresh token is spent."""


class TokenExpired(FacegraphError):
    """A token that was good once."""


class Forbidden(FacegraphError):
    """The role or the scopes of the caller do not allow it."""


class AccountLocked(RetryLater):
    """Too many log-ins with one name failed in a row, whether or not anybody has it."""


# What is stored


class NotFound(FacegraphError):
    """Absent, or not for the caller to know."""


class AlreadyExists(FacegraphError):
    """The id is taken."""


class NotEmpty(FacegraphError):
    """The collection holds identities and force was not asked for."""


class ModelMismatch(FacegraphError):
    """A collection, or a policy, that is of another pack or pipeline than the one serving."""


class TargetNotSupported(FacegraphError):
    """The data do not carry the error rate asked for, so there is no threshold for it.

    `policy` is the one that was to decide, where one was; `gallery_share` as in `Ruling`.
    """

    def __init__(
        self, detail: str, policy: str | None = None, gallery_share: float | None = None
    ) -> None:
        super().__init__(detail, policy, gallery_share)
        self.policy = policy
        self.gallery_share = gallery_share


class ConsentRequired(FacegraphError):
    """No consent, no enrolment."""


class ConsentExpired(FacegraphError):
    """The consent is over, so the identity is not compared with anything."""


class AttemptsExceeded(RetryLater):
    """Too many verifications of one identity failed in a row."""


# The photo


class ImageTooLarge(FacegraphError):
    """More pixels than are decoded; told from the header alone."""


class UndecodableImage(FacegraphError):
    """A known format whose bytes do not decode."""


class NoFace(FacegraphError):
    """Nothing to compare."""


class MultipleFaces(FacegraphError):
    """An enrolment photo shows more than one face."""


class LowQuality(FacegraphError):
    """The face does not pass the collection's gate; `reasons` says which measures."""

    def __init__(self, detail: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(detail, reasons)
        self.reasons = reasons


class PresentationAttack(FacegraphError):
    """The face is not taken from a living person, as far as the liveness model can tell.

    Nothing was compared, and neither its score nor a similarity is told.
    """


class AllImagesRejected(FacegraphError):
    """Not one photo of an enrolment could be used: the error of each, in order."""

    def __init__(self, detail: str, rejected: tuple[tuple[int, FacegraphError], ...] = ()) -> None:
        super().__init__(detail, rejected)
        self.rejected = rejected


# The service


class RateLimited(RetryLater):
    """The caller's own limit is used up; `quotas` tells which."""

    def __init__(
        self, detail: str, retry_after: float = 1.0, quotas: "tuple[Quota, ...]" = ()
    ) -> None:
        super().__init__(detail, retry_after)
        self.args = (detail, retry_after, quotas)
        self.quotas = quotas


class Overloaded(RetryLater):
    """At capacity."""


class Unavailable(RetryLater):
    """A dependency is down."""


class DeadlineExceeded(FacegraphError):
    """The caller's deadline or the service's own limit passed."""
