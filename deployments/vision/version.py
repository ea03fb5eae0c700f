"""Which pipeline made a template: with the pack's digest, what a threshold is bound to.

A similarity means something only between templates that were made alike. The pack's digest speaks
for the networks; this speaks for all around them.
"""

from typing import Final

PIPELINE: Final = 1
"""Raised whenever decoding, detection, alignment or normalisation move similarities."""


def pipeline_version(detector_size: int, *, second_look: bool) -> str:
    """Return the version, and the settings of the detector that move landmarks, as one word."""
    return f"{PIPELINE}-{detector_size}-{'twice' if second_look else 'once'}"
