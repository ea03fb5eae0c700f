"""By what a caller wants it decided, as the options of a request say."""

from deployments.errors import ValidationFailed
from deployments.messages.matcher import Ruling, Wanted
from deployments.web.call import Call
from deployments.web.schemas.faces import DecisionOptions, RulingOut

CHOICES = ("threshold", "policy", "target_fmr", "target_fpir")


def wanted(call: Call, options: DecisionOptions) -> Wanted:
    """Return it; ValidationFailed where two things are named.

    Without the scope `scores` thresholds that follow from a caller's number are coarse.
    """
    named = {name: value for name in CHOICES if (value := getattr(options, name, None)) is not None}
    if len(named) > 1:
        field = list(named)[1]
        detail = f"It is decided by one of {' and '.join(named)}, not by both."
        raise ValidationFailed(detail, ((field, "exclusive", detail),))
    return Wanted(**named, coarse=not call.principal.holds("scores"))


def told(ruling: Ruling) -> dict[str, object]:
    """Return the fields of an answer that say what decided."""
    return RulingOut.model_validate(ruling).model_dump()
