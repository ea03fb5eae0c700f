"""The licences packs come under: who grants each, what it allows, and where its words are.

A pack names its licence; this module tells about those of the packs known by name. What a custom
pack's licence says stands where its maker wrote it: here it is a name, and commercial use or none.
This page says in short what the words say, and does not stand in for them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence by the short name that manifests, options and settings call it.

    One without commercial use has to be accepted before a pack under it is loaded.
    """

    name: str
    commercial_use: bool
    granted_by: str = "whoever made the pack"
    allows: str = "what its own words say"
    read_at: str = "the place the pack came from"


OPEN: Final = Licence(
    name="MIT AND Apache-2.0",
    commercial_use=True,
    granted_by="Shiqi Yu (YuNet: MIT) and Yaoyao Zhong (SFace: Apache-2.0), through OpenCV Zoo",
    allows="use, change and redistribution, commercial or not, with the notices kept",
    read_at="https://github.com/opencv/opencv_zoo (LICENSE in the folder of each model)",
)

NON_COMMERCIAL: Final = Licence(
    name="insightface-non-commercial",
    commercial_use=False,
    granted_by="the InsightFace project (deepinsight)",
    allows="research that is not commercial; any other use needs a licence bought from InsightFace",
    read_at="https://github.com/deepinsight/insightface#license",
)

KNOWN: Final = {licence.name: licence for licence in (OPEN, NON_COMMERCIAL)}


def licence_of(name: str, *, commercial_use: bool) -> Licence:
    """Return the licence of that name; one we do not know says what its pack says of it."""
    return KNOWN.get(name) or Licence(name, commercial_use)
