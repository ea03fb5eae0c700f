"""How much each known pack has to compute: multiply-adds and weights, with where they come from.

Of the networks at hand both were counted in their graphs (benchmarks/measures/work.py). Of the
others only descriptions are at hand. InsightFace's detection/scrfd/README.md gives 9.98 G for
SCRFD-10G and 2.53 G for SCRFD-2.5G on 640 x 480 px; the layers of its two configuration files, with
landmarks, add up to 10.0 and 2.57 G, so what is called FLOPs there are multiply-adds, and these
sums are what is used. IResNet-50 and -100 are counted layer by layer from arcface_torch's
backbones/iresnet.py: 6.31 and 12.09 G at 112 x 112 px.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["separable", "dense"]
"""Of convolutions: dense ones do more multiply-adds in the same time."""

_VGA_PIXELS: Final = 640 * 480


@dataclass(frozen=True, slots=True)
class Network:
    """A network: 10⁹ multiply-adds of one run, and MB of weights as fp32.

    A detector's run is over so many `pixels`, and its work grows with them.
    """

    name: str
    kind: Kind
    gmacs: float
    weights_mb: float
    pixels: int = 112 * 112

    def gmacs_of(self, pixels: int) -> float:
        """Return the multiply-adds of one run over so many pixels."""
        return self.gmacs * pixels / self.pixels


@dataclass(frozen=True, slots=True)
class Work:
    """What a pack computes, and the numbers of its vector."""

    detector: Network
    recogniser: Network
    dimension: int


_YUNET = Network("YuNet", "separable", 0.344, 0.2, 640 * 640)
_SFACE = Network("SFace", "separable", 0.574, 38.7)
_SCRFD_500M = Network("SCRFD-500M", "separable", 0.512, 2.5, 640 * 640)
_SCRFD_2_5G = Network("SCRFD-2.5G", "dense", 2.57, 3.3, _VGA_PIXELS)
_SCRFD_10G = Network("SCRFD-10G", "dense", 10.0, 16.9, _VGA_PIXELS)
_MOBILEFACENET = Network("MobileFaceNet", "separable", 0.440, 13.6)
_IRESNET_50 = Network("IResNet-50", "dense", 6.31, 174.0)
_IRESNET_100 = Network("IResNet-100", "dense", 12.09, 261.0)

WORK: Final = {
    "opencv_zoo": Work(_YUNET, _SFACE, 128),
    "buffalo_l": Work(_SCRFD_10G, _IRESNET_50, 512),
    "buffalo_m": Work(_SCRFD_2_5G, _IRESNET_50, 512),
    "buffalo_s": Work(_SCRFD_500M, _MOBILEFACENET, 512),
    "buffalo_sc": Work(_SCRFD_500M, _MOBILEFACENET, 512),
    "antelopev2": Work(_SCRFD_10G, _IRESNET_100, 512),
}
