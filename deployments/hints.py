"""Why a gate refuses a face, and the one thing a person can do about it."""

from collections.abc import Collection
from typing import Final

HINTS: Final = {
    "cut_off": "Move until the whole face is in the picture.",
    "too_small": "Come closer to the camera.",
    "too_dark": "Find more light, from the front.",
    "too_bright": "Step out of the glare, or turn the light down.",
    "extreme_pose": "Hold your head upright and look straight at the camera.",
    "blurred": "Wipe the lens, hold still, and let the camera focus.",
    "low_detection_score": "Take off whatever covers the face, and try a plainer background.",
}
"""Every reason with its hint, first what cures others too: close by, a face is sharper as well."""


def hint_for(reasons: Collection[str]) -> str | None:
    """Return the hint to act on first; None where nothing is refused."""
    return next((hint for reason, hint in HINTS.items() if reason in reasons), None)
