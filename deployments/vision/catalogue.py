"""The packs known by name, as they were published, with their provisional thresholds.

Thresholds are the lowest cosines at which the impostor pairs of 102 people (Face Research Lab
London Set, two photos each) match at ≤ 1e-2 (verify, compare) and ≤ 1e-3 (identify), rounded up:

    python -m evaluation.separation FOLDER_OF_PHOTOS --pack opencv_zoo

They are provisional: one set of well-lit studio portraits says little about other cameras.
"""

from typing import Final

from deployments.vision.packs import PREPARABLE, Pack, WeightsFile

DEFAULT: Final = PREPARABLE

_INSIGHTFACE_LICENCE = "InsightFace model zoo: non-commercial research only"

_DET_500M = WeightsFile(
    role="detector",
    kind="scrfd",
    name="det_500m.onnx",
    sha256="5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a",
)
_DET_10G = WeightsFile(
    role="detector",
    kind="scrfd",
    name="det_10g.onnx",
    sha256="5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
)
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

OPENCV_ZOO: Final = Pack(
    name=DEFAULT,
    licence="MIT (YuNet), Apache-2.0 (SFace)",
    commercial_use=True,
    dimension=128,
    verify_threshold=0.3430,
    identify_threshold=0.4097,
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
        licence=_INSIGHTFACE_LICENCE,
        commercial_use=False,
        dimension=512,
        verify_threshold=0.2280,
        identify_threshold=0.3010,
        files=(detector, recogniser),
    )


KNOWN: Final = {
    pack.name: pack
    for pack in (
        OPENCV_ZOO,
        _insightface("buffalo_l", _DET_10G, _W600K_R50),
        _insightface("buffalo_s", _DET_500M, _W600K_MBF),
        _insightface("buffalo_sc", _DET_500M, _W600K_MBF),
    )
}
