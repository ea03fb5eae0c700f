"""All that the layer measures, in the order in which it is told."""

import warnings
from collections.abc import Sequence
from typing import Any

from benchmarks.performance.inference import batches, work
from benchmarks.performance.inference.rivals import Rivals
from benchmarks.performance.plan import Plan
from benchmarks.subjects.photographs import as_phone, pixels

PHOTOS, QUICK_PHOTOS = 60, 6
PHONES, QUICK_PHONES = 8, 2

Found = dict[str, Any]


def measure(plan: Plan) -> Found:
    """Race everybody on portraits and on large photos, then the pipeline by threads and runs."""
    # insightface's own alignment calls what scikit-image will rename; that is stock's affair.
    warnings.filterwarnings("ignore", category=FutureWarning, module="insightface")
    at_hand, quick = plan.at_hand, plan.quick
    photos = _some(plan.photos, QUICK_PHOTOS if quick else PHOTOS)
    phones = [as_phone(each) for each in _some(photos, QUICK_PHONES if quick else PHONES)]
    rivals = Rivals(at_hand)
    return {
        "pack": at_hand.name,
        "engine as shipped": rivals.engine,
        "photos": {name: _told(each) for name, each in _named(photos, phones).items()},
        "race": {name: rivals.race(each) for name, each in _named(photos, phones).items()},
        "batches": batches.measure(at_hand, photos, quick=quick),
        "work": work.counted(at_hand),
        "dense": work.dense(plan.data_dir, quick=quick),
        "default pack": work.default_pack(plan.data_dir, photos),
    }


def _named(photos: Sequence[bytes], phones: Sequence[bytes]) -> dict[str, Sequence[bytes]]:
    return {"portraits": photos, "3000 px": phones}


def _some(photos: Sequence[bytes], most: int) -> list[bytes]:
    """Return so many photos from all over the set; one that is alone, several times."""
    step = max(1, len(photos) // most)
    chosen = list(photos[::step])[:most]
    return [chosen[at % len(chosen)] for at in range(most)]


def _told(photos: Sequence[bytes]) -> Found:
    sizes = [pixels(each).shape[:2] for each in photos]
    return {
        "number": len(photos),
        "longer side, px": max(max(size) for size in sizes),
        "megapixels": sum(height * width for height, width in sizes) / len(sizes) / 1e6,
    }
