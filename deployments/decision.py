"""From similarities to a decision: pure, and the same wherever it is asked."""

from collections.abc import Sequence

from deployments.messages import Decision


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
