"""What one run of `make bench` is measured with: pack, photos, sizes, and how long each point."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from skimage.data import astronaut

from benchmarks.subjects.packs_at_hand import STANDIN_NAME, AtHand, packs_at_hand
from benchmarks.subjects.photographs import PhotosMissing, jpeg, london
from deployments.messages.gallery import ModelBinding
from deployments.vision.catalogue import DEFAULT

QUALITY = 90  # Of JPEG.


@dataclass(frozen=True, slots=True)
class Plan:
    """One run; what rivals share.

    `photos` show one face each, alternately of enrolled people and not; `data_dir` is of the
    service, and its PostgreSQL holds the galleries that all of them search. `people` are the sizes
    of galleries, the last one that of end-to-end figures. `seconds` is what a point of load lasts.
    """

    quick: bool
    at_hand: AtHand
    photos: tuple[bytes, ...]
    data_dir: Path
    people: tuple[int, ...]
    seconds: float

    @property
    def binding(self) -> ModelBinding:
        """What a collection is bound to that holds vectors of the pack."""
        model = self.at_hand.pack.model
        return ModelBinding(model.pack, model.digest, model.dimension, model.pipeline)

    @property
    def collection(self) -> str:
        """The name of the collection that holds the largest gallery."""
        return collection_of(self.people[-1])


def collection_of(people: int) -> str:
    """Return the name of the collection with a gallery of so many."""
    return f"people-{people}"


@contextmanager
def planned(*, quick: bool, people: tuple[int, ...]) -> Iterator[Plan]:
    """Prepare a run: the 512-d stand-in pack and London where they are at hand.

    Without them it is the default pack, and one photo that a package ships.
    """
    with TemporaryDirectory(prefix="fg-") as folder:
        at_hand = {one.name: one for one in packs_at_hand(Path(folder))}
        yield Plan(
            quick,
            at_hand.get(STANDIN_NAME, at_hand[DEFAULT]),
            _photos(),
            Path(folder),
            people,
            seconds=3.0 if quick else 8.0,
        )


def _photos() -> tuple[bytes, ...]:
    try:
        return tuple(path.read_bytes() for path in london())
    except PhotosMissing:
        return (jpeg(astronaut()[:, :, ::-1], QUALITY),)
