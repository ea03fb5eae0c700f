"""What one request costs, part by part: CPU milliseconds, and bytes a person."""

from math import isclose, log10

from cli.capacity.figures import Figures, NetworkCost
from cli.capacity.known import Known, fitted, measured
from cli.capacity.packs import WORK, Work

BYTES_A_NUMBER = 2  # Of a halfvec; index and table hold a vector each.
BYTES_A_SIGN = 1 / 8
COPIES_OF_WEIGHTS = (
    2  # An engine packs weights for its kernels, and keeps what it packed them from.
)


def inference_ms(figures: Figures, pack: str, megapixels: float) -> Known:
    """Return what a photo takes a core while the others are idle."""
    photo = figures.inference.photo
    decode, align = measured(photo.decode_ms), measured(photo.align_ms)
    larger = megapixels - photo.megapixels
    added = figures.inference.scaling.megapixel_ms * larger
    size = measured(0.0) if isclose(larger, 0.0, abs_tol=0.01) else fitted(added, within=True)
    return decode + align + size + networks_ms(figures, pack)


def networks_ms(figures: Figures, pack: str) -> Known:
    """Return what both networks of a pack take: its own time, or by its multiply-adds."""
    work, inference = WORK[pack], figures.inference
    if (cost := _own_cost(inference.packs, work)) is not None:
        return measured(cost.detect_ms + cost.embed_ms)
    detector, recogniser = work.detector, work.recogniser
    pixels = inference.photo.detector_pixels
    detect = inference.per_gmac[detector.kind].detect_ms * detector.gmacs_of(pixels)
    embed = inference.per_gmac[recogniser.kind].embed_ms * recogniser.gmacs
    return fitted(detect + embed, within=False)


def _own_cost(packs: dict[str, NetworkCost], work: Work) -> NetworkCost | None:
    """Return what was measured of a pack with the same networks."""
    return next((cost for pack, cost in packs.items() if WORK[pack] == work), None)


def overhead_ms(figures: Figures) -> Known:
    """Return what a request takes of all parts but inference and PostgreSQL."""
    return measured(sum(figures.service.overhead_ms.values()))


def looks_at_everybody(figures: Figures, people: float) -> bool:
    """Tell whether a search that the index leaves in doubt compares with all of so many."""
    return people <= figures.gallery.compare_all_up_to


def search_ms(figures: Figures, people: float, dimension: int) -> Known:
    """Return the CPU of PostgreSQL a search, as shipped."""
    gallery, within = figures.gallery, _was_measured(figures, people, dimension)
    if looks_at_everybody(figures, people):
        return fitted(gallery.shipped.cpu_ms.at(people), within=within)
    return fitted(gallery.index.cpu_ms.at(log10(people)), within=within)


def search_latency_ms(figures: Figures, people: float, dimension: int) -> Known:
    """Return the time a search takes by the clock on the wall, as shipped."""
    gallery, within = figures.gallery, _was_measured(figures, people, dimension)
    if looks_at_everybody(figures, people):
        return fitted(gallery.shipped.p50_ms.at(people), within=within)
    return fitted(gallery.index.p50_ms.at(log10(people)), within=within)


def _was_measured(figures: Figures, people: float, dimension: int) -> bool:
    """Tell whether so many were; shorter vectors are compared without a look at their signs."""
    gallery = figures.gallery
    return dimension == gallery.dimension and gallery.smallest <= people <= gallery.largest


def index_bytes(figures: Figures, dimension: int) -> Known:
    """Return what a template takes of the index."""
    return _exchanged(figures, figures.gallery.index_bytes, dimension, BYTES_A_NUMBER)


def table_bytes(figures: Figures, dimension: int) -> Known:
    """Return what a template takes of the table of vectors, with its key."""
    return _exchanged(figures, figures.gallery.table_bytes, dimension, BYTES_A_NUMBER)


def signs_bytes(figures: Figures, dimension: int) -> Known:
    """Return what a template takes of the table of signs, with its key."""
    return _exchanged(figures, figures.gallery.signs_bytes, dimension, BYTES_A_SIGN)


def row_bytes(figures: Figures) -> Known:
    """Return what the rows of a person with one face take."""
    return measured(figures.gallery.row_bytes)


def _exchanged(figures: Figures, seen: float, dimension: int, bytes_each: float) -> Known:
    """Exchange the vector, or its signs, that was measured for one of another dimension."""
    other = dimension - figures.gallery.dimension
    return measured(seen) if other == 0 else fitted(seen + bytes_each * other, within=False)


def build_seconds(figures: Figures, people: float) -> Known:
    """Return how long the index takes to build, on the cores it was measured on."""
    gallery = figures.gallery
    within = gallery.smallest <= people <= gallery.largest
    return fitted(gallery.build_seconds * people * log10(people), within=within)


def embedder_mb(figures: Figures, pack: str) -> Known:
    """Return the memory of a replica with its decoder: what was seen, and the other weights."""
    seen, own = WORK[figures.service.pack], WORK[pack]
    held = measured(figures.service.embedder_mb)
    if seen == own:
        return held
    return held + fitted(COPIES_OF_WEIGHTS * (_weights_mb(own) - _weights_mb(seen)), within=False)


def _weights_mb(work: Work) -> float:
    return work.detector.weights_mb + work.recogniser.weights_mb
