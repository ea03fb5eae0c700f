"""From similarities to a decision: pure, and the same wherever it is asked."""

from collections.abc import Sequence

from deployments.errors import PresentationAttack, Unavailable
from deployments.messages.gallery import LivenessPolicy
from deployments.messages.matcher import Decision, Presentation


def judge_presentation(policy: LivenessPolicy, live: bool | None) -> Presentation | None:
    """Say what a collection's policy makes of a face, before anything is compared.

    `live` is None where nothing checked the face. Under `off` nobody looks; `observe` tells and
    goes on; `enforce` raises PresentationAttack for an attack, and Unavailable for what nothing
    checked: a check that is asked for and cannot be made lets nobody in.
    """
    if policy == "off":
        return None
    if policy == "enforce" and live is None:
        raise Unavailable("The collection enforces liveness, and no model for it is loaded.")
    if policy == "enforce" and not live:
        raise PresentationAttack("The face does not look like that of a living person.")
    return None if live is None else ("live" if live else "attack")


def decide_verification(similarity: float, threshold: float) -> Decision:
    """Decide 1:1 on the unrounded cosine; a tie with the threshold is a match."""
    return "match" if similarity >= threshold else "no_match"


def decide_identification(
    similarities: Sequence[float], threshold: float, margin: float
) -> Decision:
    """Decide 1:N from the best similarity of each identity, most similar first.

    Two different people at or over the threshold and less than `margin` (cosine) apart is an
    answer no door should open on: it is told as ambiguous, with both candidates.
    """
    over = [similarity for similarity in similarities if similarity >= threshold]
    if not over:
        return "no_match"
    if len(over) > 1 and over[0] - over[1] < margin:
        return "ambiguous"
    return "match"
