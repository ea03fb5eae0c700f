"""The figures that a plan is made from: small, shipped with the package, written by `make bench`.

`figures.json` holds what benchmarks/performance/capacity_figures.py takes from the last whole run,
whose file `source` names. CPU milliseconds and MB of memory throughout.
"""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from cli.capacity.packs import Kind
from cli.capacity.scaling import Scaling

PATH: Final = Path(__file__).with_name("figures.json")


class _Figures(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkCost(_Figures):
    """Milliseconds of a photo in both networks of a pack, or those that 10⁹ multiply-adds take."""

    detect_ms: float = Field(ge=0)
    embed_ms: float = Field(ge=0)


class PhotoCost(_Figures):
    """What a photo of `megapixels` takes besides the networks, and what these are shown.

    `detector_pixels` is what the detector looks at of one photo, in all looks together.
    """

    decode_ms: float
    align_ms: float
    megapixels: float
    detector_pixels: int


class Inference(_Figures):
    """What photos take, by pack, and what other packs would, by the kind of their network."""

    photo: PhotoCost
    packs: dict[str, NetworkCost]
    per_gmac: dict[Kind, NetworkCost]
    scaling: Scaling
    checked_within: float


class Line(_Figures):
    """`base + slope · x`, of which nothing is less than zero."""

    base: float
    slope: float

    def at(self, x: float) -> float:
        """Return the figure at one place."""
        return max(0.0, self.base + self.slope * x)


class Way(_Figures):
    """How a search grows with the gallery: PostgreSQL's CPU, and the median by the clock.

    Half of the searches are of people in the gallery, as they were measured: CPU is the mean of
    both kinds of search, and `p50_ms` the mean of their medians.
    """

    cpu_ms: Line
    p50_ms: Line


class Recall(_Figures):
    """The share of mates at `cosine` who are put first among so many people, either way."""

    people: int
    cosine: float
    shipped: float
    index: float


class Gallery(_Figures):
    """Galleries of `dimension` numbers a template, measured from `smallest` to `largest` people.

    A search that the index leaves in doubt looks at everybody, up to `compare_all_up_to` people: as
    `shipped` it grows with them, by the `index` alone with their log10. A template takes
    `index_bytes` of the index, `table_bytes` of its table and `signs_bytes` of that of signs; the
    rows of its person and face take `row_bytes`. Building the index takes `build_seconds` times
    n · log10(n).
    """

    dimension: int
    smallest: int
    largest: int
    compare_all_up_to: int
    shipped: Way
    index: Way
    recall: Recall
    index_bytes: float
    table_bytes: float
    signs_bytes: float
    row_bytes: float
    build_seconds: float


class Service(_Figures):
    """A request as the whole service saw it, with `pack` and a gallery of `people`.

    `overhead_ms` by part: all CPU of a request that is neither inference nor PostgreSQL. `alone_ms`
    is the median latency at one client. Memory is of one replica of the embedder with its decoder,
    of all other parts together, and of PostgreSQL without its gallery.
    """

    pack: str
    people: int
    overhead_ms: dict[str, float]
    alone_ms: float
    embedder_mb: float
    rest_mb: float
    postgresql_mb: float


class Figures(_Figures):
    """All of them, the machine they were seen on and the file they were taken from."""

    source: str
    machine: str
    inference: Inference
    gallery: Gallery
    service: Service


class NotMeasured(Exception):
    """No whole run of the bench has left its figures here."""


def load(path: Path | None = None) -> Figures:
    """Read the figures, those that are shipped unless others are named; raises NotMeasured."""
    try:
        return Figures.model_validate_json((path or PATH).read_text())
    except FileNotFoundError:
        raise NotMeasured("No figures were measured yet: `make bench` leaves them.") from None
